"""`kkinfra logs` of an environment on a host: lines of its parts as they come."""

from __future__ import annotations

LINES = (
    {"at": "2026-11-25T01:02:03.123Z", "part": "webapp-green", "line": "hello"},
    {"kind": "begin", "step": "nothing that is printed"},
    {"at": "2026-11-25T01:02:04.567Z", "part": "nginx", "line": "GET / 200"},
)


def test_each_line_has_its_second_and_its_part(answers, kkinfra):
    answers.answers["logs"], answers.heard["logs"] = None, LINES
    code, out, _ = kkinfra("logs", "live")
    assert code == 0
    assert out.splitlines() == ["2026-11-25T01:02:03 webapp-green hello", "2026-11-25T01:02:04 nginx GET / 200"]


def test_the_host_is_asked_for_these_parts_and_so_many_lines(answers, kkinfra):
    answers.answers["logs"] = None
    kkinfra("logs", "live", "nginx", "webapp-green", "--tail", "7", "--follow")
    assert answers.asked == [("logs", {"parts": ["nginx", "webapp-green"], "tail": 7, "follow": True})]
