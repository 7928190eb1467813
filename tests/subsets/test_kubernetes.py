"""Clusters: the strict schemas take every object, and what an object names is there."""

import copy

import pytest

import cluster_agreement
import cluster_schemas
import quick_yaml
from rendered_subsets import distinct, each_problem, gathered, told


def test_the_schemas_take_every_object(clusters, count):
    texts = distinct(clusters, lambda path: path.endswith(".yaml"), lambda each: str(each.environment.platform.version))
    found = (
        (problem, places)
        for (version, text), places in texts.items()
        for problem in cluster_schemas.problems(quick_yaml.load(text), version)
    )
    problems = gathered(found)
    assert not problems, told(problems)
    count(f"kubernetes-validate: {len(texts)} distinct objects of {len(clusters)} clusters, 0 errors")


def objects(each):
    return {path: quick_yaml.load(text) for path, text in each.files.items()}


def elsewhere(environment):
    """Secrets that kkinfra itself makes, where no operator does."""
    return ["registry"] if environment.registry and environment.secret_delivery is None else []


def disagreements(each):
    return cluster_agreement.disagreements(objects(each), elsewhere(each.environment))


def test_what_an_object_names_is_there_and_nothing_is_empty(clusters, count):
    assert not (problems := each_problem(clusters, disagreements)), problems
    count(f"agreement of objects: {len(clusters)} clusters, 0 problems")


@pytest.fixture
def whole(clusters):
    """The objects of a cluster that has a webapp, Redis, and routes."""
    name = "all-but-job-apply"
    return objects(next(each for each in clusters if each.name == name))


def changed(found, path, *steps, to):
    found = copy.deepcopy(found)
    here = found[path]
    for step in steps[:-1]:
        here = here[step]
    here[steps[-1]] = to
    return found


POD = ("spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)
CLIENTS = ("spec", "ingress", 0, "from", 0, "podSelector", "matchExpressions", 0, "values")


@pytest.mark.parametrize(
    ("path", "steps", "to"),
    [
        ("redis/network-policy.yaml", CLIENTS, []),
        ("redis/network-policy.yaml", ("spec", "ingress", 0, "from"), []),
        ("redis/network-policy.yaml", ("spec", "ingress", 0), {"ports": [{"port": 1}]}),
        ("redis/network-policy.yaml", ("spec", "podSelector"), {}),
        ("redis/service.yaml", ("spec", "selector"), {"app.kubernetes.io/name": "nothing"}),
        ("redis/service.yaml", ("spec", "ports", 0, "targetPort"), "nothing"),
        ("redis/deployment.yaml", ("spec", "selector", "matchLabels"), {"app.kubernetes.io/name": "nothing"}),
        ("redis/deployment.yaml", (*POD, "volumes", 1, "configMap", "name"), "nothing"),
        ("redis/deployment.yaml", (*POD, "serviceAccountName"), "nothing"),
        ("redis/deployment.yaml", (*CONTAINER, "volumeMounts", 0, "name"), "nothing"),
        ("webapp/deployment.yaml", (*CONTAINER, "envFrom", 0, "configMapRef", "name"), "x"),
        ("webapp/deployment.yaml", (*CONTAINER, "ports", 0, "name"), "nothing"),
        ("webapp/horizontal-pod-autoscaler.yaml", ("spec", "scaleTargetRef", "name"), "nothing"),
        ("redis/persistent-volume-claim.yaml", ("spec", "volumeName"), "nothing"),
        ("redis/persistent-volume-claim.yaml", ("metadata", "name"), "nothing"),
        ("ingress/middleware-access.yaml", ("metadata", "name"), "nothing"),
        ("kustomization.yaml", ("resources", 0), "nothing.yaml"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)  # fmt: skip
def test_it_sees_what_is_missing(whole, path, steps, to):
    assert cluster_agreement.disagreements(whole, ["registry"]) == []
    assert cluster_agreement.disagreements(changed(whole, path, *steps, to=to), ["registry"])


def test_the_schemas_refuse_what_they_do_not_know(whole):
    deployment = whole["redis/deployment.yaml"]
    assert cluster_schemas.problems(deployment, "1.33") == []
    for wrong in ({"kind": "Deploymnet"}, {"spec": {**deployment["spec"], "replica": 1}}, {"spec": {}}):
        assert cluster_schemas.problems({**deployment, **wrong}, "1.33")
