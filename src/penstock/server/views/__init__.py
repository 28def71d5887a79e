"""From rows of the database to what answers show, one module a noun."""
