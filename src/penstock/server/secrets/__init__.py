"""The keys of a server, and what is encrypted with them before it is stored."""
