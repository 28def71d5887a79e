"""The server floor: use cases, the loops that keep time, and HTTP in front of them."""
