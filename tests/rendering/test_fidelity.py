"""What the ledger says is measured: every field is changed in turn, and the output compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from checkout import ROOT
from kkinfra.errors import KkinfraError
from kkinfra.rendering.fidelity import READ_BY, ReadBy, ledger, said_of, written_fields
from kkinfra.rendering.pipeline import load_renderers, open_spec, render
from kkinfra.rendering.provenance import leaves, variant
from kkinfra.rendering.renderer import Refused
from kkinfra.spec.checks import check
from kkinfra.spec.structure import fields

EVERYTHING = Path(__file__).with_name("everything.yaml")
DOCUMENT = ROOT / "docs" / "fidelity.md"
RENDERERS = load_renderers()
SPEC = open_spec(EVERYTHING, RENDERERS)
ONLY_VALUE = {"platform[compose].network"}  # `host` is all that it can say
PLATFORMS = {"kubernetes": ("cluster", "scaled"), "compose": ("host",)}


def content(environment):
    return {artifact.path: (artifact.content, artifact.mode) for artifact in render(environment, RENDERERS)}


def changes(environment):
    """By field: whether any valid change of it changed the output."""
    before = content(environment)
    found: dict[str, bool] = {}
    for leaf in leaves(environment):
        if isinstance(said_of(leaf.field, environment.platform.kind, RENDERERS), Refused):
            continue
        for other in leaf.others:
            changed = variant(environment, leaf.path, other)
            if changed is None or any(True for _ in check(changed)):
                continue
            try:
                found[leaf.field] = found.get(leaf.field, False) or content(changed) != before
            except KkinfraError:
                continue
    return found


def is_read(field, platform):
    return isinstance(said_of(field, platform, RENDERERS), ReadBy)


@pytest.fixture(scope="module", params=PLATFORMS)
def measured(request):
    found: dict[str, bool] = {}
    for name in PLATFORMS[request.param]:
        for field, changed in changes(SPEC.environments[name]).items():
            found[field] = found.get(field, False) or changed
    return request.param, found


def test_every_field_that_is_not_refused_changes_the_output(measured):
    platform, found = measured
    dropped = [field for field, changed in found.items() if not changed and not is_read(field, platform)]
    assert dropped == [], f"{platform} drops these silently"


def test_every_field_is_measured_or_refused(measured):
    platform, found = measured
    unknown = [
        field
        for field, by_platform in ledger(RENDERERS)
        if platform in by_platform
        and field not in found
        and field not in ONLY_VALUE
        and not isinstance(by_platform[platform], Refused)
    ]
    assert unknown == [], f"{platform}: neither in everything.yaml nor refused"


def test_what_a_verb_reads_is_rendered_by_nobody(measured):
    platform, found = measured
    read = {field: changed for field, changed in found.items() if is_read(field, platform)}
    build, accepted = ("context", "dockerfile", "args", "dirty_tree"), ("reason", "until")
    fields = [*(f"build.{each}" for each in build), *(f"accepted.{each}" for each in accepted)]
    if platform == "kubernetes":
        fields += [f"platform[kubernetes].secrets[sealed-secrets].{each}" for each in ("controller", "namespace")]
    else:
        fields += ["platform[compose].architecture"]
    assert read == dict.fromkeys(fields, False)


def test_what_renderers_declare_matches_a_field():
    from fnmatch import fnmatchcase

    assert all(any(fnmatchcase(field, pattern.replace("[", "[[]")) for field in fields()) for pattern in READ_BY)
    for name, renderer in RENDERERS.items():
        for pattern in renderer.fidelity:
            assert any(fnmatchcase(field, pattern.replace("[", "[[]")) for field in fields()), f"{name}: {pattern}"


def test_a_refused_field_is_an_error_with_its_place(tmp_path):
    text = EVERYTHING.read_text().replace("purpose: testing\n", "purpose: testing\n    logs: {max_size: 10MB}\n")
    path = tmp_path / "environments.yaml"
    path.write_text(text)
    line = text.split("\n").index("    logs: {max_size: 10MB}") + 1
    with pytest.raises(
        KkinfraError, match=rf"{path}:{line}:\d+ environments.cluster.logs.max_size: kubernetes does not"
    ):
        open_spec(path)


def test_only_what_was_written_is_refused():
    written = dict.fromkeys(field for _, field in written_fields(SPEC.environments["cluster"]))
    assert "logs.max_size" not in written
    assert "redis.storage" in written
