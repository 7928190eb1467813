"""Wheels whose platform or delivery cannot be used: what names them gets one error, all else works on."""

from __future__ import annotations

import json

import pytest

from fake_wheel import NOMAD, ON_NOMAD, POINTS, SPEC, install, project
from in_process import kkinfra
from kkinfra.errors import KkinfraError
from kkinfra.spec.broken_model import DELIVERY_TRAITS, PLATFORM_TRAITS
from kkinfra.spec.delivery_model import DeliveryModel
from kkinfra.spec.environment_model import environment_model
from kkinfra.spec.installed_models import DELIVERY, deliveries, platforms
from kkinfra.spec.platform_model import PlatformModel
from kkinfra.system.entry_points import one_loaded

__all__ = ["install", "kkinfra", "project"]

LINE = SPEC.count("\n")
KIND = f"spec/environments.yaml:{LINE + 4}:13 environments.beta.platform.kind: "
PLATFORM = "the platform 'nomad' (theirs_plugin:Nomad of theirs 1) "
TARGET = "the target 'nomad-api' (theirs_plugin:Target of theirs 1) "
ALONE = {"kkinfra.platforms": {"nomad": "Nomad"}}
ON_A_HOST = ON_NOMAD.replace(
    "kind: nomad\n      datacenter: dc1\n      client: {count: 3}",
    "{kind: compose, directory: /srv/shop, host: {kind: ec2, region: ap-northeast-2, instance_type: t2.micro}}",
)
BY_APPLY = ON_NOMAD.replace("nomad-api\n      url: https://nomad.example.org:4646", "apply")
"""Environments of which the platform, or the delivery, is of kkinfra."""

HEAD = "from typing import Any, Literal\nfrom kkinfra.spec.platform_model import PlatformModel\n"
NAMED = (
    f"{HEAD}class Nomad(PlatformModel):\n    kind: Literal['nomad']\n    datacenter: str\n    client: dict[str, int]\n"
)
"""A module with the platform alone, and the beginning of one whose end is wrong."""

PLATFORMS = {
    "is not there": ("", f"{PLATFORM}cannot be loaded: module 'theirs_plugin' has no attribute 'Nomad'"),
    "raises": ("raise OSError('no disk')", f"{PLATFORM}cannot be loaded: no disk"),
    "is not Python": ("class :", f"{PLATFORM}cannot be loaded: invalid syntax"),
    "is a function": ("def Nomad(): ...", f"{PLATFORM}is no model: it must be a class made of PlatformModel"),
    "is another class": ("class Nomad: kind = 'nomad'", f"{PLATFORM}is no model: it must be a class made of Platform"),
    "is called otherwise": (
        NAMED.replace("Literal['nomad']", "Literal['nomads']"),
        f"{PLATFORM}is no model of that name: it must have kind: Literal['nomad']",
    ),
    "says no kind": (
        NAMED.replace("    kind: Literal['nomad']\n", ""),
        f"{PLATFORM}is no model of that name: it must have kind: Literal['nomad']",
    ),
    "has a type that is none": (
        NAMED.replace("client: dict[str, int]", "client: 'Client'"),
        f"{PLATFORM}is no model: name 'Client' is not defined",
    ),
    "has a type that nobody can read": (
        f"{NAMED}    other: object()\n",
        f"{PLATFORM}is no model: Unable to generate pydantic-core schema",
    ),
    "hides a trait": (
        "import warnings\nwarnings.simplefilter('ignore')\n" + NAMED + "    title: str = ''\n",
        f"{PLATFORM}has a field of the name of a trait; rename title",
    ),
    "raises as it validates": (
        "from pydantic import model_validator\n"
        + NAMED
        + "    @model_validator(mode='after')\n    def looked_at(self):\n        raise KeyError('dc1')\n",
        f"{PLATFORM}raised KeyError('dc1')",
    ),
    "raises as it is asked": (
        f"{NAMED}    @property\n    def title(self):\n        raise RuntimeError('later')\n",
        f"{PLATFORM}is broken: its trait title raised RuntimeError('later')",
    ),
    "answers in another type": (
        f"{NAMED}    @property\n    def architectures(self):\n        return 'arm64'\n",
        f"{PLATFORM}is broken: its trait architectures is 'arm64', and must be tuple",
    ),
    "answers in another type inside": (
        f"{NAMED}    @property\n    def architectures(self):\n        return ('arm64',)\n",
        f"{PLATFORM}is broken: its trait architectures is ('arm64',), and must be of Architecture",
    ),
}

REST = NOMAD.partition("class Nomad(")[0]
TARGETS = {
    "brings no delivery": (f"{REST}class Target: ...", f"{TARGET}is no target: its `delivery` must be a class made of"),
    "brings another class": (
        f"{REST}class Target:\n    delivery = Client",
        f"{TARGET}is no target: its `delivery` must be a class made of DeliveryModel",
    ),
    "delivers by another name": (
        NOMAD.replace('Literal["nomad-api"]', 'Literal["nomads"]'),
        f"{TARGET}is no model of that name: it must have by: Literal['nomad-api']",
    ),
    "names its platforms as a text": (
        NOMAD.replace('frozenset({"nomad"})\n\n    by', '"nomad"\n\n    by'),
        f"{TARGET}is broken: its trait platforms is 'nomad', and must be frozenset",
    ),
}


def works_on(kkinfra, top):
    """Whether what names nothing of the wheel is as it was."""
    (top / "spec/environments.yaml").write_text(SPEC)
    assert kkinfra("validate").code == 0
    assert kkinfra("render", "alpha").code == 0
    assert kkinfra("explain", "alpha").code == 0
    schema = json.loads(kkinfra("schema").output)
    assert {"Kubernetes", "GitOps", "Apply", "Ssh"} <= schema["definitions"].keys()
    assert "| `platform[kubernetes].version` |" in kkinfra("ledger").output


@pytest.mark.parametrize(("code", "problem"), PLATFORMS.values(), ids=PLATFORMS)
def test_a_platform_that(install, project, kkinfra, code, problem):
    install(code, ALONE)
    top = project(SPEC + BY_APPLY)
    done = kkinfra("validate")
    assert done.code == 1
    assert f"{KIND}{problem}" in done.errors
    assert done.errors.count("theirs 1") == 1
    works_on(kkinfra, top)


@pytest.mark.parametrize(("code", "problem"), TARGETS.values(), ids=TARGETS)
def test_a_target_that(install, project, kkinfra, code, problem):
    install(code, {"kkinfra.targets": {"nomad-api": "Target"}})
    top = project(SPEC + ON_A_HOST)
    done = kkinfra("validate")
    assert done.code == 1
    assert f"environments.beta.delivery.by: {problem}" in done.errors
    assert done.errors.count("theirs 1") == 1
    works_on(kkinfra, top)


def test_two_wheels_of_one_name_are_both_named(install, project, kkinfra):
    install(NAMED, ALONE)
    install(NAMED, ALONE, distribution="second")
    top = project(SPEC + BY_APPLY)
    assert f"{KIND}two installed packages register a platform called 'nomad': second 1 and theirs 1" in (
        kkinfra("validate").errors
    )
    works_on(kkinfra, top)


def test_a_wheel_that_takes_the_name_of_a_built_in_one_takes_that_alone(install, project, kkinfra):
    install(NAMED.replace("'nomad'", "'compose'"), {"kkinfra.platforms": {"compose": "Nomad"}})
    top = project(SPEC)
    works_on(kkinfra, top)


def test_built_in_ones_come_in_as_anyones(install):
    """They are found by their entry points, in the order in which pages have them."""
    assert list(platforms()) == ["kubernetes", "compose"]
    assert list(deliveries()) == ["gitops", "apply", "ssh"]
    install(NOMAD, POINTS)
    assert list(platforms()) == ["kubernetes", "compose", "nomad"]
    assert list(deliveries()) == ["gitops", "apply", "ssh", "nomad-api"]


def test_a_target_and_its_delivery_name_the_same_platforms():
    for by, (model, _) in deliveries().items():
        _, target = one_loaded(DELIVERY.group, by, "target", ValueError)
        assert target.platforms == model.platforms


def test_without_any_platform_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(KkinfraError, match="no platform is installed; install kkinfra itself"):
        environment_model()


def test_the_traits_that_are_checked_are_all_there_are():
    for base, checked in ((PlatformModel, PLATFORM_TRAITS), (DeliveryModel, DELIVERY_TRAITS)):
        traits = {name for name, each in vars(base).items() if isinstance(each, property)}
        traits |= {name for name in base.__class_vars__ if name in vars(base) and not name.startswith("_")}
        assert traits == checked.keys()
