"""The shortcut never takes for the same what server-side apply would change.

Live objects are built here from tables of the API's lists and maps, and what apply does to them is modelled beside.
"""

import copy
import functools
import json
import pickle
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.targets.kubernetes.client.objects import objects, reference
from kkinfra.targets.kubernetes.plan.comparison import differs

KEYS = {
    ("template", "spec", "containers"): ["name"], ("template", "spec", "initContainers"): ["name"],
    ("template", "spec", "volumes"): ["name"], ("template", "spec", "imagePullSecrets"): ["name"],
    ("containers", "*", "ports"): ["containerPort", "protocol"], ("containers", "*", "env"): ["name"],
    ("containers", "*", "volumeMounts"): ["mountPath"], ("initContainers", "*", "volumeMounts"): ["mountPath"],
    ("initContainers", "*", "env"): ["name"], ("spec", "ports"): ["port", "protocol"],
}  # fmt: skip
SETS = {("metadata", "finalizers")}
ATOMIC = {("spec", "selector"), ("spec", "podSelector"), ("spec", "nodeSelector"), ("imagePullSecrets", "*")}
DEFAULTS = {"protocol": "TCP"}

OTHER = {
    "apiVersion": "v1", "kind": "Service", "metadata": {
        "name": "other", "namespace": "shop", "labels": {"a": "b"}, "finalizers": ["example.org/a", "example.org/b"],
    },
    "spec": {
        "ports": [{"port": 53, "name": "tcp"}, {"port": 54, "protocol": "UDP", "name": "udp"}, {"port": 1.5, "x": 7}],
        "selector": {"app": "dns"}, "type": "ClusterIP", "publish": True, "session": {},
    },
}  # fmt: skip
ALPHA = objects(render(open_spec("spec/environments.yaml").environments["alpha"]))
MANIFESTS = {str(reference(each)): each for each in (*ALPHA, OTHER)}
WHO = "kkinfra"


def ends(path, table):
    return next((found for found in (path[-3:], path[-2:]) if found in table), None)


def keys_of(item, names):
    return {name: item[name] if name in item else DEFAULTS[name] for name in names}


def element(path, item):
    """How an item of a list that is merged is named; KeyError where the API would refuse it."""
    names = KEYS.get(ends(path, KEYS))
    return f"k:{json.dumps(keys_of(item, names), separators=(',', ':'))}" if names else f"v:{json.dumps(item)}"


def is_merged(path, value):
    return isinstance(value, list) and (ends(path, KEYS) or path[-2:] in SETS)


def owned(value, path=()):
    """What an apply of the value owns."""
    if isinstance(value, dict) and path[-2:] not in ATOMIC:
        return {f"f:{name}": owned(each, (*path, name)) for name, each in value.items() if not (
            is_merged((*path, name), each) and not each
        )}  # fmt: skip
    if is_merged(path, value):
        fields = {element(path, each): owned(each, (*path, "*")) for each in value}
        return {key: {".": {}, **each} if each else {} for key, each in fields.items()}
    return {}


def without_identity(desired):
    rest = copy.deepcopy(desired)
    for name in ("apiVersion", "kind"):
        del rest[name]
    for name in ("name", "namespace"):
        rest["metadata"].pop(name, None)
    return rest


def merged(desired, live, path=()):
    """What an apply makes of the live value."""
    if isinstance(desired, dict) and isinstance(live, dict) and desired and path[-2:] not in ATOMIC:
        return live | {
            name: merged(each, live[name], (*path, name)) if name in live else each for name, each in desired.items()
        }
    if is_merged(path, desired) and isinstance(live, list):
        there = {element(path, each): each for each in live}
        wanted = {element(path, each): each for each in desired}
        if len(there) < len(live) or len(wanted) < len(desired):
            raise KeyError
        order = list(there) if [key for key in there if key in wanted] == list(wanted) else [*wanted, *there]
        return [
            there[key] if key not in wanted else merged(wanted[key], there.get(key, wanted[key]), (*path, "*"))
            for key in dict.fromkeys(order)
        ]
    return desired


def completed(value, path=()):
    """The value as the API keeps it: with fields that nobody applied, where there may be any."""
    if isinstance(value, dict) and value and path[-2:] not in ATOMIC:
        own = {name: completed(each, (*path, name)) for name, each in value.items()}
        missing = {name: each for name, each in DEFAULTS.items() if path[-2:-1] == ("ports",)}
        return {"default": "by the API", **missing, **own}
    if is_merged(path, value):
        kept = [completed(each, (*path, "*")) for each in value]
        alien = (
            "example.org/alien" if path[-2:] in SETS else keys_of({}, ()) | dict.fromkeys(KEYS[ends(path, KEYS)], "a")
        )
        return [alien, *kept]
    return copy.deepcopy(value)


def live_of(desired):
    live = completed(desired)
    live["metadata"] |= {"uid": "7c", "resourceVersion": "12", "generation": 3, "managedFields": [
        {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": desired["apiVersion"],
         "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {"f:conditions": {}}}, "subresource": "status"},
        {"manager": WHO, "operation": "Apply", "apiVersion": desired["apiVersion"], "time": "2026-01-01T00:00:00Z",
         "fieldsType": "FieldsV1", "fieldsV1": owned(without_identity(desired))},
    ]}  # fmt: skip
    return live | {"status": {"conditions": []}}


def entry(live):
    entries = live["metadata"]["managedFields"]
    return next(each for each in entries if isinstance(each, dict) and each.get("manager") == WHO)


def places(value, path=()):
    """Every place in a value, as the steps that lead there."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in pairs:
        yield (*path, step)
        yield from places(each, (*path, step))


def parent(value, path):
    for step in path[:-1]:
        value = value[step]
    return value


def copies(value):
    """What gives a new copy of the value each time, as fast as there is."""
    return functools.partial(pickle.loads, pickle.dumps(value))


def found_in(live, manifest, path):
    """A place of the manifest in the live object, where an alien item goes before those of merged lists."""
    value, steps, found = manifest, (), live
    for step in path:
        found_at, there = found, step + 1 if is_merged(steps, value) else step
        value, steps, found = value[step], (*steps, "*" if isinstance(step, int) else step), found[there]
    return found_at, there


def is_leaf(value):
    return not isinstance(value, dict | list) or not value


def another(value):
    return {str: f"{value}x", bool: not value, int: 4711, float: 4.5}.get(type(value), "not as desired")


@pytest.fixture(params=MANIFESTS)
def manifest(request):
    return copy.deepcopy(MANIFESTS[request.param])


def test_an_untouched_object_is_the_same_whatever_the_api_and_others_have_added(manifest):
    assert not differs(manifest, live_of(manifest), WHO)


def test_any_changed_leaf_differs(manifest):
    fresh = copies(live_of(manifest))
    for path in places(manifest):
        there, step = found_in(live := fresh(), manifest, path)
        if is_leaf(there[step]):
            there[step] = another(there[step])
            assert differs(manifest, live, WHO), path


def test_anything_that_is_gone_differs(manifest):
    fresh = copies(live_of(manifest))
    for path in places(manifest):
        there, step = found_in(live := fresh(), manifest, path)
        del there[step]
        assert differs(manifest, live, WHO), path


def test_anything_that_is_not_desired_any_more_differs(manifest):
    live, fresh = live_of(manifest), copies(manifest)
    for path in places(manifest):
        desired = fresh()
        del parent(desired, path)[path[-1]]
        assert differs(desired, live, WHO), path


def test_any_changed_ownership_differs(manifest):
    fresh = copies(live_of(manifest))
    for path in places(owned(without_identity(manifest))):
        live = fresh()
        del parent(entry(live)["fieldsV1"], path)[path[-1]]
        assert differs(manifest, live, WHO), path
        live = fresh()
        parent(entry(live)["fieldsV1"], path)["f:more"] = {}
        assert differs(manifest, live, WHO), path


@pytest.mark.parametrize(
    "change",
    [
        {"manager": "kubectl"}, {"operation": "Update"}, {"subresource": "status"}, {"apiVersion": "apps/v1beta1"},
        {"fieldsType": "FieldsV2"}, {"fieldsV1": None}, {"fieldsV1": {}},
    ],
)  # fmt: skip
def test_an_entry_that_is_not_the_manager_s_own_by_apply_differs(change):
    manifest = MANIFESTS["deployment/webapp"]
    live = live_of(manifest)
    entry(live).update(change)
    assert differs(manifest, live, WHO)


def test_what_nobody_owns_or_what_is_owned_twice_differs():
    manifest = MANIFESTS["deployment/webapp"]
    live = live_of(manifest)
    live["metadata"]["managedFields"] *= 2
    assert differs(manifest, live, WHO)
    del live["metadata"]["managedFields"]
    assert differs(manifest, live, WHO)


@pytest.mark.parametrize("change", [{"apiVersion": "apps/v2"}, {"kind": "DaemonSet"}, {"apiVersion": None}])
def test_another_kind_or_version_differs(change):
    manifest = MANIFESTS["deployment/webapp"]
    assert differs(manifest, live_of(manifest) | change, WHO)


def test_what_is_being_deleted_differs():
    manifest = MANIFESTS["configmap/webapp"]
    live = live_of(manifest)
    live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert differs(manifest, live, WHO)


def test_another_order_of_containers_differs_and_others_between_them_do_not():
    manifest = MANIFESTS["deployment/webapp"]
    live = live_of(manifest)
    containers = live["spec"]["template"]["spec"]["initContainers"]
    containers.insert(1, containers.pop(0))
    assert not differs(manifest, live, WHO)
    containers.reverse()
    assert differs(manifest, live, WHO)


@pytest.mark.parametrize(
    ("field", "told"),
    [("externalIPs", []), ("nothing", None), ("session", {"clientIP": {}})],
)
def test_what_is_unclear_differs(field, told):
    manifest = copy.deepcopy(OTHER)
    manifest["spec"][field] = told
    live = live_of(manifest)
    entry(live)["fieldsV1"]["f:spec"][f"f:{field}"] = {}
    live["spec"][field] = told
    assert differs(manifest, live, WHO) is (told != [])


@pytest.mark.parametrize(
    "finalizers",
    [
        {'v:"example.org/a"': {}}, {'v:"example.org/a"': {}, 'v:"example.org/b"': {"f:x": {}}},
        {'v:"example.org/a"': {}, 'f:"example.org/b"': {}}, {'v:"example.org/a"': {}, 'v:"example.org/b"': None},
        {'v:"example.org/a"': {}, "v:example.org/b": {}}, {"i:0": {}, "i:1": {}},
    ],
)  # fmt: skip
def test_a_set_that_is_owned_in_another_way_differs(finalizers):
    live = live_of(OTHER)
    entry(live)["fieldsV1"]["f:metadata"]["f:finalizers"] = finalizers
    assert differs(OTHER, live, WHO)


def test_an_item_that_is_owned_by_other_keys_differs():
    live = live_of(OTHER)
    ports = entry(live)["fieldsV1"]["f:spec"]["f:ports"]
    ports['k:{"port":54,"protocol":"UDP","name":"udp"}'] = ports.pop('k:{"port":54,"protocol":"UDP"}')
    assert differs(OTHER, live, WHO)


@pytest.mark.parametrize("fields", [{".": {}}, {".": {}, "f:name": {}}])
def test_an_item_that_is_replaced_whole_and_owned_in_parts_differs(fields):
    manifest = MANIFESTS["deployment/webapp"]
    live = live_of(manifest)
    pod = entry(live)["fieldsV1"]["f:spec"]["f:template"]["f:spec"]
    pod["f:imagePullSecrets"] = dict.fromkeys(pod["f:imagePullSecrets"], fields)
    assert differs(manifest, live, WHO)


@pytest.mark.parametrize("alien", [None, "text", {"port": 54}, {"port": "a", "protocol": "a"}])
def test_a_list_with_items_that_cannot_be_told_apart_differs(alien):
    live = live_of(OTHER)
    live["spec"]["ports"].append(alien)
    assert differs(OTHER, live, WHO)


def test_a_truth_value_is_not_the_number_1():
    manifest = copy.deepcopy(OTHER)
    live = live_of(manifest)
    live["spec"]["publish"] = 1
    assert differs(manifest, live, WHO)


VALUES = st.sampled_from([None, True, 1, 0, "", "x", [], {}, ["x"], {"f:x": {}}, {"name": "webapp"}, "TCP", "UDP"])
STEPS = st.sampled_from(["a", "f:a", ".", "name", "k:{}", 'v:"a"', "i:0", 'k:{"name":"webapp"}', "k:["])
EDITS = st.tuples(
    st.sampled_from(["desired", "live", "owned"]), st.integers(0, 10**6),
    st.sampled_from(["set", "delete", "add", "double", "swap", "lift"]), VALUES, STEPS,
)  # fmt: skip


def edit(value, at, how, new, step):
    """One change to a value in place: no matter which."""
    found = list(places(value))
    if not found:
        return
    path = found[at % len(found)]
    there, last = parent(value, path), path[-1]
    if how == "set":
        there[last] = copy.deepcopy(new)
    elif how == "delete":
        del there[last]
    elif how == "lift" and isinstance(there[last], dict) and there[last]:
        there[last] = next(iter(there[last].values()))
    elif isinstance(there, dict):
        there[step] = copy.deepcopy(new)
    elif how == "swap":
        there[0], there[-1] = there[-1], there[0]
    else:
        there.insert(last, copy.deepcopy(there[last] if how == "double" else new))


def told(fields, key=""):
    """A set as its reader takes it, but for `.` of a field, which follows from the API's types."""
    rest = {name: told(each, name) for name, each in fields.items() if name != "."}
    return {".": {}, **rest} if "." in fields and key.startswith("k:") and rest else rest


def changes(desired, live):
    """Whether the API would change anything, or refuse."""
    try:
        wanted = without_identity(desired)
        return typed(merged(wanted, live)) != typed(live) or owned(wanted) != told(entry(live)["fieldsV1"])
    except (KeyError, TypeError, AttributeError, StopIteration):
        return True


def typed(value):
    """The value so that True and 1 are two."""
    return json.loads(json.dumps(value), parse_int=lambda text: f"int {text}")


@settings(max_examples=600)
@example("service/other", [])
@given(st.sampled_from(sorted(MANIFESTS)), st.lists(EDITS, min_size=1, max_size=4))
def test_nothing_is_the_same_that_an_apply_would_change(name, edits):
    desired = copy.deepcopy(MANIFESTS[name])
    live = live_of(desired)
    for which, *rest in edits:
        edit({"desired": desired, "live": live, "owned": entry_or_nothing(live)}[which], *rest)
    assume({"apiVersion", "kind", "metadata"} <= desired.keys())  # without these there is no address to ask at
    try:
        said = differs(desired, live, WHO)
    except (AttributeError, TypeError, KeyError) as problem:
        pytest.fail(f"{problem!r} on {edits}")
    if not said:
        assert not changes(desired, live)


def entry_or_nothing(live):
    try:
        return entry(live)["fieldsV1"]
    except (KeyError, TypeError, StopIteration):
        return {}


def test_five_hundred_objects_are_compared_in_a_moment():
    pairs = [(each, live_of(each)) for each in ALPHA]
    started = time.process_time()
    for _ in range(10):
        for desired, live in pairs:
            differs(desired, live, WHO)
    assert time.process_time() - started < 1
