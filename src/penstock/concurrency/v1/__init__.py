"""Slots of the limits of tags, for a task run that is named."""
