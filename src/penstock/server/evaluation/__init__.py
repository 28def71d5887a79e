"""Triggers are shown events, and what they make of them is written."""
