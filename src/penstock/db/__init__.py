"""The database floor: tables, the port that the use cases see, and the two adapters behind it."""
