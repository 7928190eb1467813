"""kubernetes-validate knows the schemas of Kubernetes' own kinds; `kinds/` holds those of the others."""

import json
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

import quick_yaml

KINDS = {
    f"{schema['x-api-version']}/{schema['title']}": schema
    for schema in (json.loads(path.read_text()) for path in Path(__file__, "../kinds").resolve().glob("*.json"))
}
"""Kinds that other projects define, each with a schema that refuses what it does not name."""

CALL = ("kubernetes-validate", "--strict", "--kubernetes-version", "1.33")


def documents(paths):
    return [(path, each) for path in paths for each in quick_yaml.load_all(path.read_text()) if each]


def test_every_manifest_is_valid(run, manifests, count):
    done = run(*CALL, *manifests)
    lines = done.stdout.splitlines()
    foreign = Counter(f"{each['apiVersion']}/{each['kind']}" for _, each in documents(manifests)) & Counter(
        dict.fromkeys(KINDS, 1000)
    )
    assert done.returncode == 0, done.stdout
    warnings = [line for line in lines if line.startswith("WARN")]
    assert len(warnings) == foreign.total(), "\n".join(warnings)
    passed = sum(line.startswith("INFO") for line in lines)
    assert passed + foreign.total() == len(documents(manifests)) == len(lines)
    assert passed > 20
    count(f"kubernetes-validate: {passed} objects valid, 0 warnings; {foreign.total()} more of other projects' kinds")


def test_every_object_of_another_projects_kind_is_valid(manifests, operated, count):
    judged = Counter()
    for path, each in documents([*manifests, *operated]):
        schema = KINDS.get(f"{each['apiVersion']}/{each['kind']}")
        if schema:
            errors = [
                f"{path.name}: {error.json_path}: {error.message}"
                for error in jsonschema.Draft7Validator(schema).iter_errors(each)
            ]
            assert not errors, "\n".join(errors)
            judged[each["kind"]] += 1
    assert set(judged) == {schema["title"] for schema in KINDS.values()}, (
        "a schema that judges nothing, or a kind without one"
    )
    count(f"jsonschema, {', '.join(f'{kind} {number}' for kind, number in sorted(judged.items()))}: 0 errors")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("kind: Deployment", "kind: Deploymnet", "WARN"),
        ("replicas: 1", 'replicas: "1"', "ERROR"),
        ("replicas: 1", "replicas: 1\n  replica: 1", "ERROR"),
    ],
)
def test_it_refuses_a_broken_deployment(run, manifests, scratch, before, after, says):
    text = next(text for path in manifests if "\nkind: Deployment\n" in (text := path.read_text()))
    assert before in text
    (scratch / "broken.yaml").write_text(text.replace(before, after, 1))
    assert any(line.startswith(says) for line in run(*CALL, scratch / "broken.yaml").stdout.splitlines())


def test_the_schemas_of_other_kinds_refuse_what_they_do_not_name(manifests, operated):
    for _, each in documents([*manifests, *operated]):
        schema = KINDS.get(f"{each['apiVersion']}/{each['kind']}")
        if schema:
            assert not jsonschema.Draft7Validator(schema).is_valid({**each, "unknown": {}})
