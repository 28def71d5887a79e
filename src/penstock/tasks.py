"""Tasks: the decorator, and the value that it makes."""

from penstock.sdk.tasks import Task, exponential_backoff, task

__all__ = ["Task", "exponential_backoff", "task"]
