"""HTTP in front of the use cases: matching, authorization, bodies, errors."""
