"""Talking to a server: one client, derived from the contract, over HTTP or within the process."""
