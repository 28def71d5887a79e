"""The flow run and task run around the calling code, and the tags that new runs get."""

from penstock.sdk.context import (
    FlowRunContext,
    RunContext,
    TagsContext,
    TaskRunContext,
    get_run_context,
    tags,
)

__all__ = ["FlowRunContext", "RunContext", "TagsContext", "TaskRunContext", "get_run_context", "tags"]
