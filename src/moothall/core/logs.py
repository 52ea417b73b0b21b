"""Log lines: each carries the reference that the person who met the error can quote. In production they are JSON, without personal data."""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar

reference: ContextVar[str] = ContextVar("reference", default="-")


class AddReference(logging.Filter):
    """Puts the current request's reference into each log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = reference.get()
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line. Of an exception, its kind and where it came from: its message may repeat what somebody typed."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "reference": getattr(record, "reference", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["at_lines"] = " < ".join(_places(record))
        return json.dumps(line, ensure_ascii=False)


def _places(record: logging.LogRecord) -> list[str]:
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('site-packages/')[2].rpartition('src/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[::-1][:8]
