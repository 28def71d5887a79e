"""What blocks can do, in the words of those who made their types."""

from penstock.contract.endpoint import endpoint


@endpoint("GET", "/block_capabilities/", action="block_schemas:read")
def read_block_capabilities() -> list[str]:
    """Every capability that a schema has."""
