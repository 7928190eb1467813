"""Log lines."""

import json
import logging
import sys

from hypothesis import given
from hypothesis import strategies as st

from config import trace
from config.logging import JsonLines, Redacting


def record(message: str, *arguments: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("monitor", logging.WARNING, __file__, 1, message, arguments, None)
    made.__dict__.update(more)
    return made


def test_a_line_tells_who_when_and_what() -> None:
    token = trace.request_id.set("0123456789abcdef")
    try:
        line = json.loads(JsonLines().format(record("probe of %s", "서울", created=0.0, fields={"latency_ms": 12.5})))
    finally:
        trace.request_id.reset(token)
    assert line == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "WARNING",
        "logger": "monitor",
        "message": "probe of 서울",
        "request_id": "0123456789abcdef",
        "latency_ms": 12.5,
    }


def test_extras_that_nobody_vouches_for_stay_out() -> None:
    assert "hunter2" not in JsonLines().format(record("task", data={"kwargs": "hunter2"}))


def test_secrets_are_left_out_wherever_they_are() -> None:
    try:
        int("open-sesame is no number")
    except ValueError:
        error = sys.exc_info()
    told = record("tried %s", "open-sesame", exc_info=error, fields={"address": "redis://:open-sesame@host"})
    for formatter in (JsonLines(["open-sesame"]), Redacting(["open-sesame"])):
        assert "open-sesame" not in formatter.format(told)
        assert "is no number" in formatter.format(told)


@given(st.text())
def test_any_message_is_one_line(message: str) -> None:
    line = JsonLines().format(record("%s", message))
    assert not set(line) & {"\n", "\r"}
    assert json.loads(line)["message"] == message
