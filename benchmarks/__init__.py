"""Headline figures, each beside a peer or a physical limit, measured in turn in one run: `make bench`."""
