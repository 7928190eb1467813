"""Nobody asks which platform or delivery it is: outside of their own folders, traits answer."""

from __future__ import annotations

import ast

import pytest

from checkout import ROOT
from kkinfra.spec.installed_models import deliveries, platforms

MODELS = {each.model.__name__ for each in (*platforms().values(), *deliveries().values())}
"""The classes that nobody asks for, and by what name nobody asks."""

NAMES = platforms().keys() | deliveries().keys()
OWN = (
    "kkinfra/spec/platforms.py",
    "kkinfra/targets/compose/",
    "kkinfra/targets/cloudformation/",
    "kkinfra/targets/gitops/",
    "kkinfra/targets/kubernetes/",
    "renderers/kkinfra_cloudformation/",
    "renderers/kkinfra_compose/",
    "renderers/kkinfra_github_actions/",
    "renderers/kkinfra_kubernetes/",
    "renderers/kkinfra_nginx/",
)
ELSEWHERE = ("kkinfra/cli/", "kkinfra/host/")
"""The verbs, whose tables name deliveries as long as each has flags of its own; and a host, where no model is."""


def sources():
    for top in ("kkinfra", "renderers"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith((*OWN, *ELSEWHERE)):
                yield name, ast.parse(path.read_text())


def asks(tree):
    """The lines of a module that ask for a class or a name of a platform or a delivery."""
    for node in ast.walk(tree):
        if (
            (isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "issubclass", "cast"))
            and names_of(node.args) & MODELS
        ) or (isinstance(node, ast.MatchClass) and names_of([node.cls]) & MODELS):
            yield node.lineno
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(is_tag(each) for each in sides) and names_of(sides) & NAMES:
                yield node.lineno


def names_of(nodes):
    found = [each for node in nodes for each in ast.walk(node)]
    return {getattr(each, "id", None) or getattr(each, "attr", None) for each in found} | {
        each.value for each in found if is_text(each)
    }


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_tag(node):
    """`platform.kind`, `delivery.by`, or the value at the path of one."""
    texts = [each.value for each in ast.walk(node) if is_text(each)]
    return (isinstance(node, ast.Attribute) and node.attr in ("kind", "by")) or texts[:2] in (
        ["platform", "kind"],
        ["delivery", "by"],
    )


@pytest.mark.parametrize(
    "code",
    [
        "isinstance(environment.platform, Compose)",
        "isinstance(delivery, GitOps | Ssh)",
        "isinstance(delivery, (platforms.Apply,))",
        "cast('Kubernetes', platform)",
        "match delivery:\n    case Ssh(ci=ci): pass",
        "environment.platform.kind == 'kubernetes'",
        "'ssh' != delivery.by",
        "delivery.by in ('gitops', 'apply')",
        "value_at(merged, ('delivery', 'by')) == 'ssh'",
    ],
)
def test_what_asks_is_found(code):
    assert list(asks(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["isinstance(part, Webapp)", "left.platform.kind == right.platform.kind", "tls.by == 'certbot'"]
)
def test_what_asks_something_else_is_not(code):
    assert not list(asks(ast.parse(code)))


def test_nobody_asks_which_platform_or_delivery_it_is():
    found = [f"{name}:{line}" for name, tree in sources() for line in asks(tree)]
    assert found == []
