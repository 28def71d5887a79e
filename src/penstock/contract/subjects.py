"""What an answer points to: enough to name a thing and to link to its page. The domain's own types."""

from penstock.domain.subjects import RunBrief, Subject, SubjectKind, TaskRunBrief

__all__ = ["RunBrief", "Subject", "SubjectKind", "TaskRunBrief"]
