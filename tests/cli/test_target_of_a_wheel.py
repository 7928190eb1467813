"""Targets of other people's wheels that do something wrong: who uses one is told, and everything else works on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fake_target import GOOD, TARGET, wheel  # noqa: F401 - a fixture
from fake_wheel import NOMAD, ON_NOMAD, POINTS, install, project  # noqa: F401 - fixtures
from in_process import kkinfra  # noqa: F401 - a fixture


def works_on(kkinfra):  # noqa: F811
    """What does not use the target is as it was."""
    spec = Path("spec/environments.yaml")
    spec.write_text(spec.read_text().replace(ON_NOMAD, ""))
    assert kkinfra("validate", "alpha").code == 0
    assert kkinfra("render", "alpha", "-q").code == 0
    assert "usage: kkinfra deploy" in kkinfra("deploy", "--help").output


def test_a_good_one_is_deployed_with_its_own_flags(wheel, kkinfra):  # noqa: F811
    wheel()
    assert "--colour COLOUR" in kkinfra("deploy", "--help").output
    assert kkinfra("status", "beta", "--colour", "blue").output.startswith("beta: a blue job; nothing was deployed yet")
    done = kkinfra("deploy", "beta", "--yes", "-o", "json")
    assert json.loads(done.output)["outcome"]["seconds"] == 1.5
    assert (
        "--colour is for what is delivered by nomad-api, and this is by apply"
        in kkinfra("deploy", "alpha", "--colour", "blue").errors
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("    options = Asked\n", "")], "it lacks options"),
        ([("    def open(self, wanted", "    def opened(self, wanted")], "it lacks open"),
        ([("    options = Asked\n", "    options = dict\n")], "has options that are no subclass of kkinfra's Options"),
        ([("    options = Asked\n", "    options = Asked\n\n    def __init__(self):\n        1 / 0\n")], "division by"),
    ],
)  # fmt: skip
def test_one_that_is_none_is_named_with_its_wheel(wheel, kkinfra, changes, told):  # noqa: F811
    wheel(*changes)
    said = kkinfra("deploy", "beta", "--yes")
    assert (said.code, "theirs 1" in said.errors) == (1, True), said.errors
    assert told in said.errors
    assert "internal error" not in said.errors
    works_on(kkinfra)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([(GOOD, "raise ZeroDivisionError('of theirs')")], "ZeroDivisionError: of theirs"),
        ([(GOOD, "return None")], "gave None, and not a Plan"),
        ([("return Outcome(", "return str(")], "and not an Outcome"),
        ([("yield Session(wanted, options, telling)", "yield None")], "gave None, and not a Session"),
    ],
)
def test_one_that_raises_or_gives_something_else_is_named_with_its_wheel(wheel, kkinfra, changes, told):  # noqa: F811
    wheel(*changes)
    said = kkinfra("deploy", "beta", "--yes")
    assert (said.code, "theirs 1" in said.errors) == (1, True), said.errors
    assert told in said.errors
    assert "internal error" not in said.errors
    works_on(kkinfra)


def test_a_flag_that_the_verb_has_already_is_told_to_who_uses_the_target(wheel, kkinfra):  # noqa: F811
    wheel(("    colour: str", "    image: str"), ("self.options.colour", "self.options.image"))
    said = kkinfra("deploy", "beta", "--yes")
    assert "the target 'nomad-api'" in said.errors
    assert "--image, which `kkinfra deploy` has already" in said.errors
    assert kkinfra("status", "beta").code == 0
    works_on(kkinfra)


def test_two_wheels_of_one_name_are_both_named(wheel, install, kkinfra):  # noqa: F811
    wheel()
    install(NOMAD + TARGET, {"kkinfra.targets": {"nomad-api": "Target"}}, "others")
    said = kkinfra("deploy", "beta", "--yes").errors
    assert "two installed packages register a target called 'nomad-api': others 1 and theirs 1" in said
    works_on(kkinfra)


def test_one_that_was_built_for_another_version_is_named_with_its_wheel(install, project, kkinfra):  # noqa: F811
    install(NOMAD, {each: POINTS[each] for each in ("kkinfra.platforms", "kkinfra.renderers")})
    install("from kkinfra.plugins import OfALaterVersion\n", {"kkinfra.targets": {"nomad-api": "Target"}}, "others")
    project()
    said = kkinfra("deploy", "beta", "--yes").errors
    assert "spec/environments.yaml:26:11 environments.beta.delivery.by: the target 'nomad-api'" in said
    assert "of others 1) cannot be loaded: cannot import name 'OfALaterVersion' from 'kkinfra.plugins'" in said
    works_on(kkinfra)


def test_no_secret_is_in_what_goes_wrong(wheel, kkinfra):  # noqa: F811
    told = "raise DeployError('it is ' + self.wanted.secrets()['PASSWORD'].reveal())"
    wheel(
        (GOOD, told),
        ("import History, LockStatus, Options", "import DeployError, History, LockStatus, Mask, Options"),
        ("yield Session(", "telling.mask = Mask(wanted.secrets().values()); yield Session("),
    )
    said = kkinfra("deploy", "beta", "--yes").errors
    assert "error: it is ***" in said
