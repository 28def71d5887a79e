"""What the measurements of the web UI need: a big database, a browser, and the peer's pages."""
