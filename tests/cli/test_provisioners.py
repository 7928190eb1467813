"""Provisioners of anyone's, registered as the built-in ones are; a broken one disturbs nobody who does not use it."""

from __future__ import annotations

import json
import sys

import pytest

from kkinfra import project
from kkinfra.cli.main import main
from kkinfra.errors import DeployError
from kkinfra.targets.protocol.installed import provisioner
from kkinfra.targets.protocol.provisioner import Provisioner

SPEC = "spec/environments.yaml"
TENT = """
from contextlib import contextmanager
from dataclasses import dataclass
from kkinfra.difference.change import Change
from kkinfra.errors import DeployError
from kkinfra.targets.protocol.history import provision_run
from kkinfra.targets.protocol.options import Options, option
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan


@dataclass(frozen=True)
class Asked(Options):
    pegs: tuple[str, ...] = option((), "pegs to use (repeated)", "provision", metavar="PEG")
    yes: str = option("", "clashes with a flag of the verb")


class Pitched:
    def __init__(self, wanted, options):
        self.wanted, self.options = wanted, options

    def plan(self):
        changes = tuple(Change("tent", peg, "add") for peg in self.options.pegs)
        return Plan(self.wanted.name, "provision", "a meadow", changes=changes, question="pitch it?")

    def apply(self, plan):
        return Outcome(provision_run(0.0), f"{len(plan.changes)} pegs")

    def discard(self, plan):
        print("struck")


class Tent:
    options = Asked
    by_default = False

    def refuse(self, environment):
        if environment.name == "production":
            raise DeployError("production does not camp")

    @contextmanager
    def open(self, wanted, options, telling):
        yield Pitched(wanted, options)


class Clashing(Tent):
    @dataclass(frozen=True)
    class options(Options):
        key: int = option(0, "another kind of key", "provision")


class Raising(Tent):
    by_default = True

    def refuse(self, environment):
        raise ZeroDivisionError("no ground")


class Everywhere(Tent):
    by_default = True

    def refuse(self, environment):
        pass


class Half:
    options = Options
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Makes a wheel importable that registers provisioners."""

    def installing(wheel, code=TENT, **points):
        module = f"{wheel}_provisioners"
        monkeypatch.delitem(sys.modules, module, raising=False)
        site = tmp_path / wheel
        metadata = site / f"{wheel}-1.dist-info"
        metadata.mkdir(parents=True)
        (site / f"{module}.py").write_text(code)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {wheel}\nVersion: 1\n")
        lines = "".join(f"{name} = {module}:{made}\n" for name, made in points.items())
        (metadata / "entry_points.txt").write_text(f"[kkinfra.provisioners]\n{lines}")
        monkeypatch.syspath_prepend(site)

    return installing


@pytest.fixture
def run(capsys):
    def running(*arguments):
        code = main(["provision", *arguments, "--spec", SPEC])
        said = capsys.readouterr()
        return code, said.out, said.err

    return running


def builtin_works(run):
    """The built-in ones do what they did."""
    code, out, err = run("production", "--policy")
    return (code, err, "ec2:RunInstances" in out) == (0, "", True)


@pytest.mark.parametrize("name", ["cloudformation", "database", "host"])
def test_the_built_in_ones_are_as_the_protocol_says(name):
    assert isinstance(provisioner(name), Provisioner)
    assert provisioner(name).by_default == (name == "cloudformation")


def test_one_of_somebody_elses_shows_asks_and_applies_as_the_built_in_ones_do(install, run):
    install("camp", tent="Tent")
    code, out, _ = run("alpha", "--by", "tent", "--pegs", "oak", "--pegs", "ash", "--yes")
    assert code == 0
    assert out.splitlines()[:3] == ["alpha: a meadow", "  + oak", "  + ash"]
    assert out.splitlines()[3].endswith(" s; 2 pegs")
    code, out, _ = run("alpha", "--by", "tent", "--pegs", "oak", "--dry-run")
    assert (code, "struck" in out.splitlines()) == (0, True)
    code, out, err = run("alpha", "--by", "tent", "--pegs", "oak")
    assert (code, "struck" in out.splitlines(), "nobody is here to be asked" in err) == (1, True, True)
    _, out, _ = run("alpha", "--by", "tent", "--yes", "-o", "json")
    assert json.loads(out)["outcome"]["action"] == "provision"
    assert builtin_works(run)


def test_so_it_is_in_the_library(install):
    install("camp", tent="Tent")
    alpha = project.open(SPEC)["alpha"]
    assert alpha.provision(alpha.plan_provision("tent", pegs=("oak",))).said == "1 pegs"


def test_its_flags_are_refused_where_they_do_nothing(install, run):
    install("camp", tent="Tent")
    assert "--pegs does nothing without --by tent; leave it out" in run("production", "--pegs", "oak")[2]
    assert "--as does nothing with --by tent; leave it out" in run("alpha", "--by", "tent", "--as", "root")[2]
    assert "--drift does nothing with --by tent; leave it out" in run("alpha", "--by", "tent", "--drift")[2]


def test_two_wheels_with_one_name_are_both_named_and_the_others_work(install, run):
    install("camp", tent="Tent")
    install("circus", tent="Tent")
    code, _, err = run("alpha", "--by", "tent")
    assert code == 1
    assert "two installed packages register a provisioner called 'tent': camp 1 and circus 1; remove one of them" in err
    assert builtin_works(run)


def test_a_wheel_with_the_name_of_a_built_in_one_is_told_where_that_is_used(install, run):
    install("camp", cloudformation="Tent")
    code, _, err = run("production", "--policy")
    assert code == 1
    assert "two installed packages register a provisioner called 'cloudformation': camp 1 and kkinfra 0.1.0" in err
    assert "has no PostgreSQL on RDS" in run("alpha", "--database")[2]


@pytest.mark.parametrize(
    ("code", "made", "told"),
    [
        ("raise OSError('no disk')", "Tent", "(camp_provisioners:Tent of camp 1) cannot be loaded: no disk"),
        (TENT, "Missing", "(camp_provisioners:Missing of camp 1) cannot be loaded: module 'camp_provisioners' has no"),
        (TENT, "Pitched", "(camp_provisioners:Pitched of camp 1) cannot be made: "),
        (TENT, "Half", "(camp_provisioners:Half of camp 1) is none: it lacks by_default, refuse, open"),
        (f"{TENT}\nTent.options = dict\n", "Tent", "of camp 1) has options that are no subclass of kkinfra's Options"),
        (TENT, "Raising", "the provisioner 'tent' (camp_provisioners:Raising of camp 1) failed: no ground"),
    ],
)
def test_a_broken_one_is_named_with_its_wheel_and_the_others_work(install, run, code, made, told):
    install("camp", code, tent=made)
    exit_code, _, err = run("alpha", "--by", "tent", "--yes")
    assert exit_code == 1
    assert "the provisioner 'tent' " in err
    assert told in err
    assert builtin_works(run)


def test_a_flag_of_another_kind_is_told_to_whoever_uses_that_provisioner(install, run):
    install("camp", tent="Clashing")
    code, _, err = run("alpha", "--by", "tent", "--yes")
    assert code == 1
    assert "the provisioner 'tent' has an option --key, which `kkinfra provision` has already; tell whoever made" in err
    assert builtin_works(run)


def test_one_that_is_not_there_is_told_with_those_that_are(run):
    code, _, err = run("production", "--by", "cloudfromation")
    assert code == 1
    assert "no provisioner 'cloudfromation' is installed (did you mean 'cloudformation'?); there are: cloud" in err


def test_one_that_makes_nothing_for_the_environment_says_what_helps(install, run):
    install("camp", tent="Tent")
    assert "error: production does not camp\n" in run("production", "--by", "tent")[2]
    for flags in ([], ["--by", "cloudformation"], ["--drift"], ["--policy"]):
        code, _, err = run("alpha", *flags)
        assert (code, "alpha names no AWS account in which anything is to be made; write platform" in err) == (1, True)
    with pytest.raises(DeployError, match="alpha names no AWS account"):
        project.open(SPEC)["alpha"].plan_provision()


def test_two_that_make_something_by_default_ask_for_a_choice(install, run):
    install("camp", tent="Everywhere")
    _, _, err = run("production", "--yes")
    assert "error: cloudformation and tent make something for production; choose one: --by NAME" in err
    assert run("alpha", "--yes")[0] == 0
