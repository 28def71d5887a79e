"""One module a subject; each has `measure(sides) -> list[Figure]`."""
