"""The server's own log: lines for people, or objects for programs."""

import logging
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

REQUESTS = "penstock.server.requests"
"""Name of the logger that has a line for each request, at `INFO`."""

_TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message; what went wrong; and the fields of a request."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def configure_logging(level: str, form: Literal["text", "json"] = "text") -> None:
    """Log to stderr, from `level` on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # It tells of each try to connect with a traceback; what comes of that is told by who asked.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
