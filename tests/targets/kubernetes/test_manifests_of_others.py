"""Manifests that somebody else's renderer wrote: applied, compared, pruned, and listed, as built-in ones are."""

from __future__ import annotations

import pytest
import yaml

from fake_wheel import install  # noqa: F401 - a fixture
from kkinfra.rendering.pipeline import open_spec, render, resolve

CODE = """
from kkinfra.plugins import Artifact

NOTE = "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: %s, namespace: shop-test%s}\\ndata: {colour: %s}\\n"


class Renderer:
    platforms = frozenset({"kubernetes"})
    fidelity = {}

    def render(self, environment):
        colour = environment.settings["COLOUR"]
        yield Artifact("notes/note.yaml", NOTE % ("note", "", colour))
        if colour == "red":
            early = ", annotations: {argocd.argoproj.io/sync-wave: '-200'}"
            yield Artifact("notes/two.yaml", NOTE % ("first", early, colour) + "---\\n" + NOTE % ("second", "", colour))
        yield Artifact("notes/values.yaml", "colour: red\\n")
        yield Artifact("access/of-theirs.yaml", NOTE % ("for-the-owner", "", colour))
"""


@pytest.fixture
def theirs(user, request):
    request.getfixturevalue("install")(CODE, {"kkinfra.renderers": {"theirs": "Renderer"}})
    return user


def tree(user):
    return render(resolve(open_spec(user.home / "environments.yaml"), "test"))


def test_they_are_in_the_kustomization_by_their_waves(theirs):
    resources = yaml.safe_load(tree(theirs)["kustomization.yaml"].content)["resources"]
    assert resources[0] == "notes/two.yaml"
    assert "notes/note.yaml" in resources
    assert not {"notes/values.yaml", "access/of-theirs.yaml"} & set(resources)


def test_they_are_applied_compared_and_pruned(theirs):
    theirs.deployed()
    assert theirs.there("ConfigMap", "note")["data"] == {"colour": "red"}
    assert theirs.there("ConfigMap", "second")
    assert theirs.run("diff").code == 0
    theirs.edit("ConfigMap", "note", {"data": {"colour": "pink"}})
    assert "~ configmap/note: changed by hand" in theirs.run("diff").out
    theirs.write(colour="blue")
    shown = theirs.run("diff").out
    assert "- configmap/first: is not rendered any more" in shown
    theirs.deployed("--force-conflicts")
    assert theirs.there("ConfigMap", "note")["data"] == {"colour": "blue"}
    assert theirs.get("ConfigMap", "first") is None
    assert theirs.get("ConfigMap", "for-the-owner") is None
