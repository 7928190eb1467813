"""Whatever somebody changes of what a deploy set, `diff` names it: the look that needs no dry run misses nothing."""

from __future__ import annotations

import json
import os
import random

import pytest

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.api import MANAGER, suppress_status
from kkinfra.targets.kubernetes.client.objects import reference

CHANGES = int(os.environ.get("KKINFRA_CLUSTER_CHANGES", "25"))
_REFUSED = (400, 403, 409, 422, 500)
OTHERS = {
    "Deployment": "Recreate",
    "Always": "IfNotPresent",
    "RollingUpdate": "Recreate",
    "TCP": "UDP",
    "HTTP": "HTTPS",
}
"""Texts of which the API takes few; for others any will do."""


def owned(value, fields, path=()):
    """Where the leaves are in a live object that a manager owns, as a JSON patch names them."""
    below = [(key, each) for key, each in fields.items() if key != "."]
    if not below:
        yield path
    for key, each in below:
        at = place(value, key)
        if at is not None:
            yield from owned(value[at], each, (*path, at))


def place(value, key):
    """The field or the index that a path element names."""
    name = key[2:]
    if key.startswith("f:"):
        return name if name in value else None
    wanted = json.loads(name)
    fits = (lambda item: wanted.items() <= item.items()) if key.startswith("k:") else wanted.__eq__
    return next((at for at, item in enumerate(value) if fits(item)), None)


def another(value, chance):
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice((1, 7))
    if isinstance(value, str):
        return OTHERS.get(value) or chance.choice((f"{value}x", f"x{value}", "1", f"{value}0"))
    if isinstance(value, list):
        return chance.choice((value[1:], [*value, *value[-1:]], value[::-1]))
    return {**value, "another": "x"} if value else {"another": "x"}


def change(live, chance):
    """A JSON patch of one owned field: another value, or none."""
    entry = next(each for each in live["metadata"]["managedFields"] if (each["manager"], each["operation"]) == (MANAGER, "Apply"))  # fmt: skip # noqa: E501
    path = chance.choice(sorted(owned(live, entry["fieldsV1"]), key=str))
    value = live
    for step in path:
        value = value[step]
    pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    if chance.random() < 0.3:
        return [{"op": "remove", "path": pointer}]
    return [{"op": "replace", "path": pointer, "value": another(value, chance)}]


def changed(user, live, patch):
    """Whether the server took it, and it made a difference."""
    kind, metadata = user.api.kind_of(live), live["metadata"]
    path = kind.path(metadata.get("namespace", ""), metadata["name"])
    try:
        after = user.api.ask("PATCH", path, {"fieldManager": "hand"}, patch, "application/json-patch+json")
    except ClusterError as error:
        if error.status not in _REFUSED:
            raise
        return False
    spared = ("managedFields", "resourceVersion", "generation")
    return stripped(after, spared) != stripped(live, spared)


def put_back(user, live):
    """As it was read; what controllers have written since is none of our business."""
    for _ in range(10):
        now = user.api.find(live)["metadata"]["resourceVersion"]
        with suppress_status(409):
            user.api.replace({**live, "metadata": {**live["metadata"], "resourceVersion": now}})
            return
    raise AssertionError("it is written to all the time")


def stripped(made, spared):
    metadata = {key: value for key, value in made["metadata"].items() if key not in spared}
    return {**{key: value for key, value in made.items() if key != "status"}, "metadata": metadata}


def named(done):
    """The objects that differ; of one that says it is another set's, the error names it."""
    if done.code == 1:
        return done.json()["error"]
    assert done.code == 2
    return {each["identity"] for each in done.json()["changes"]}


@pytest.fixture
def everything(user):
    """A product with all parts, deployed, and what it is made of, as it was read."""
    user.write(database=True, celery=True)
    user.deployed()
    user.settled()
    return user


def test_any_change_of_any_field_that_was_set_is_named(everything):
    user, chance, seen = everything, random.Random(20261125), {}  # noqa: S311 - no secret depends on it
    desired = user.desired()
    for _ in range(CHANGES):
        made = chance.choice(desired)
        live = user.api.find(made)
        patch = change(live, chance)
        name = str(reference(live))
        if not changed(user, live, patch):
            continue
        assert name in named(user.run("diff", "-o", "json")), (name, patch)
        seen[name] = seen.get(name, 0) + 1
        put_back(user, live)
        user.api.apply(made, force=True)
    user.settled()
    assert user.run("diff").code == 0
    print(f"{sum(seen.values())} changes of {len(seen)} objects")  # noqa: T201 - for whoever asks for it with -s
    assert sum(seen.values()) > CHANGES / 3, seen
