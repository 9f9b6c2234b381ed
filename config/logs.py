"""What the log says: a line for each request, and why where something is away; tracebacks for what is broken."""

import logging


def in_one_line(record: logging.LogRecord) -> bool:
    """Keep of an error that was answered by 503 (`pilots.http.outages`) its first line: each request has one while a
    database is away. For `django.utils.log.CallbackFilter`; no record is dropped."""
    if getattr(record, "status_code", 0) == 503 and record.exc_info:
        reason = f"{record.exc_info[1]}".partition("\n")[0]
        record.msg, record.args, record.exc_info = f"{record.getMessage()} ({reason})", (), None
    return True
