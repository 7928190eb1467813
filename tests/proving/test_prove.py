"""Findings get their place, and are accepted, with a reason and an end."""

from __future__ import annotations

import pytest

from kkinfra.errors import ProofError
from kkinfra.proving.proof import Finding, Row
from kkinfra.spec.date import Date
from proven import TODAY, proven
from real_spec import ACCEPTING_NOTHING as SOURCE
from real_spec import changed as changed_in

REDIS = ("stack", "redis", "memory")
DOMAIN = ("domain",)


def changed(old, new):
    return changed_in(old, new, SOURCE)


class Small:
    """Finds that Redis is small, and tells the domain."""

    rules = {"small": "Redis is small.", "domain": "A domain."}

    def __init__(self, severity="error"):
        self.severity = severity

    def prove(self, environment, tree):
        assert len(tree)
        rows = (Row("memory", "384 MB", REDIS), Row("wanted", "1000 MB", source="somebody"))
        yield Finding("small", self.severity, REDIS, "384 MB are few", "write memory: 1000MB", rows)
        yield Finding("domain", "note", DOMAIN, f"is {environment.domain}")


class Other:
    rules = {"other": "It is another."}

    def compare(self, first, environment):
        rows = (Row("first", first.domain, DOMAIN, environment=first.name), Row("this", environment.domain, DOMAIN))
        yield Finding("other", "warning", DOMAIN, f"is not {first.domain}", "write another", rows)


def accepting(text, *, shared=True):
    if shared:
        return changed(
            "\nenvironments:\n", f"\naccepted:\n  redis/small:\n    stack.redis.memory: {text}\n\nenvironments:\n"
        )
    mine = f"    purpose: production\n    accepted: {{redis/small: {{stack.redis.memory: {text}}}}}\n"
    return changed("    purpose: production\n", mine)


def of(text, *names, on=TODAY, severity="error"):
    return [each for each in proven(text, *names, on=on, proofs={"redis": Small(severity)}) if each.severity != "note"]


def test_a_finding_is_told_where_its_field_is_written():
    result, note = proven(
        changed("project: kkambbaki\n", "project: kkambbaki\n\n"), "production", proofs={"redis": Small()}
    )
    assert (result.rule, result.environment, result.field) == ("redis/small", "production", "stack.redis.memory")
    assert str(result.place).startswith("f:17:")
    assert result.problem == "384 MB are few; write memory: 1000MB"
    assert result.is_error
    assert (note.field, note.is_error) == ("environments.production.domain", False)
    memory, wanted = result.figures
    assert (memory.place, memory.field) == (result.place, "stack.redis.memory")
    assert (wanted.place, wanted.source) == (None, "somebody")


def test_a_field_that_nobody_writes_is_told_where_its_part_is():
    class Unwritten:
        rules = {"cpu": "Processors."}

        def prove(self, environment, tree):
            yield Finding("cpu", "error", ("stack", "redis", "cpu"), "few", "write more")

    (result,) = proven(changed("ci: github-actions", "keep_releases: 3"), "alpha", proofs={"x": Unwritten()})
    assert (result.place.line, result.field) == (105, "environments.alpha.stack.redis.cpu") or result.field.endswith(
        "redis.cpu"
    )


def test_each_environment_is_compared_with_the_first():
    (result,) = proven(SOURCE, proofs={"parity": Other()})
    assert (result.environment, result.field) == ("production", "environments.production.domain")
    assert [figure.field for figure in result.figures] == [
        "environments.alpha.domain",
        "environments.production.domain",
    ]


def test_what_is_accepted_stays_visible_and_stops_nothing():
    results = of(accepting("{reason: it is enough}"))
    assert [each.environment for each in results] == ["alpha", "production"]
    assert [each.accepted.reason for each in results] == ["it is enough"] * 2
    assert not any(each.is_error for each in results)


def test_an_environment_accepts_for_itself():
    alpha, production = of(accepting("{reason: it is enough}", shared=False))
    assert alpha.is_error
    assert not production.is_error


def test_an_environment_takes_back_what_all_accept():
    text = accepting("{reason: it is enough}").replace(
        "    purpose: production\n",
        "    purpose: production\n    accepted: {redis/small: {stack.redis.memory: null}}\n",
    )
    alpha, production = of(text)
    assert (alpha.is_error, production.is_error) == (False, True)


@pytest.mark.parametrize(("on", "counts"), [("2027-02-28", False), ("2027-03-01", False), ("2027-03-02", True)])
def test_an_acceptance_ends(on, counts):
    (result,) = of(accepting("{reason: until the new host, until: 2027-03-01}"), "production", on=Date(on))
    assert result.is_error == counts
    assert ("it was accepted until 2027-03-01" in result.problem) == counts


def test_what_accepts_nothing_is_told_where_it_is_written():
    text = accepting("{reason: it is enough}").replace("redis/small", "redis/smal")
    stale = of(text)[-1]
    assert (stale.rule, stale.severity, stale.field) == (
        "accepted/stale",
        "warning",
        "accepted.redis/smal.stack.redis.memory",
    )
    assert stale.problem == "accepts nothing: there is no such finding (did you mean 'redis/small'?); take it out"
    assert text.splitlines()[stale.place.line - 1].startswith("    stack.redis.memory:")


def test_notes_are_not_accepted():
    assert [each.rule for each in of(accepting("{reason: x}"), severity="note")] == ["accepted/stale"]


def test_what_another_environment_needs_is_not_stale():
    text = accepting("{reason: x}").replace("stack.redis.memory", "domain")
    assert [each.rule for each in of(text, "production")] == ["redis/small"], "alpha was not asked"
    assert [each.rule for each in of(text)] == ["redis/small", "redis/small", "accepted/stale"]


@pytest.mark.parametrize(
    ("prove", "told"),
    [
        (lambda *_: 1 // 0, "the proof 'mine' broke on production: ZeroDivisionError"),
        (lambda *_: [Finding("new", "error", (), "x")], "the proof 'mine' found 'new', which is not among its rules"),
    ],
)
def test_a_proof_that_breaks_is_named(prove, told):
    broken = type("Broken", (), {"rules": {}, "prove": staticmethod(prove)})()
    with pytest.raises(ProofError) as raised:
        proven(SOURCE, "production", proofs={"mine": broken})
    assert str(raised.value).startswith(told)


@pytest.mark.parametrize("written", ["2027-02-29", "2027-13-01", "tomorrow", 2027])
def test_a_day_is_one_of_the_calendar(written):
    with pytest.raises(ValueError, match="is not a day"):
        Date.parse(written)


def test_leap_days():
    assert Date.parse("2028-02-29") > Date.parse("2028-02-28")
