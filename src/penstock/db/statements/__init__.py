"""What is said to the database, one module a noun: pure functions that return SQLAlchemy Core statements.

Statements without variable parts are built once, with bound parameters; those that depend on a filter are
built from the structs of `contract/filters.py`. Both databases get the same ones.
"""
