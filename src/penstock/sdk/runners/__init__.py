"""Where submitted tasks run: threads of this process, so far."""
