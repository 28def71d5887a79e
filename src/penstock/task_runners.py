"""What runs submitted tasks."""

from penstock.sdk.runners.base import TaskRunner
from penstock.sdk.runners.thread_pool import ThreadPoolTaskRunner

ConcurrentTaskRunner = ThreadPoolTaskRunner

__all__ = ["ConcurrentTaskRunner", "TaskRunner", "ThreadPoolTaskRunner"]
