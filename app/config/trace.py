"""What is being worked on: the request and the task that log lines belong to."""

from __future__ import annotations

import re
from contextvars import ContextVar
from uuid import uuid4

request_id: ContextVar[str] = ContextVar("request_id", default="")
task_id: ContextVar[str] = ContextVar("task_id", default="")

SANE = re.compile(r"[A-Za-z0-9_-]{8,64}")


def sane_id(offered: str) -> str:
    """Return the id that Nginx offers (32 hexadecimal digits), or one like it if what is offered is none.

    https://nginx.org/en/docs/http/ngx_http_core_module.html#var_request_id
    """
    return offered if SANE.fullmatch(offered) else uuid4().hex
