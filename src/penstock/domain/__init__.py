"""The rules of Penstock as pure functions and values: no I/O, no clock, no settings, no logging."""
