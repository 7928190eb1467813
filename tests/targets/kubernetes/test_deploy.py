"""A deploy: what it creates, in which order, what it keeps of itself, and that a second one changes nothing."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from cluster_user import IMAGE, image_of

PART_OF = "applyset.kubernetes.io/part-of"
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def writes(user, since=0):
    return [each for each in user.double.requests[since:] if each.method in WRITES and "dryRun" not in each.query]


def applied(user):
    """What was applied, as `kinds/name`, in order."""
    return ["/".join(each.path.split("/")[-2:]) for each in writes(user)]


def test_a_first_deploy_brings_everything_up_and_is_release_1(user):
    done = user.deployed()
    assert "deployed 1 in" in done.out
    assert user.there("Deployment", "webapp")["status"]["availableReplicas"] == 1
    (release,) = user.history()
    assert (release["release"], release["result"], release["image"]) == ("1", "deployed", f"{IMAGE}:1.0.0")
    assert user.run("status").code == 0


@pytest.mark.double_only
def test_what_others_need_is_there_before_them(owner):
    owner.write(database=True)
    owner.deployed()
    order = applied(owner)
    migration = next(each for each in order if each.startswith("jobs/migration-"))
    wanted = [
        "namespaces/shop-test", "leases/kkinfra-deploy", "configmaps/kkinfra-release-00001", "secrets/shop",
        "configmaps/webapp", "persistentvolumeclaims/postgresql", "statefulsets/postgresql", migration,
        "deployments/webapp", "ingresses/shop",
    ]  # fmt: skip
    wanted[1] = "shop-test/leases"  # it is created
    assert sorted(wanted, key=order.index) == wanted


@pytest.mark.double_only
def test_the_migration_starts_once_the_database_is_ready_and_the_product_once_the_migration_is_done(user):
    user.write(database=True)
    user.double.behave("postgresql", "Slow", seconds=0.4)
    user.deployed()
    asked = [f"{each.method} {each.path.split('/')[-2]}" for each in user.double.requests if "dryRun" not in each.query]
    database, migration = asked.index("PATCH statefulsets"), asked.index("PATCH jobs")
    product = asked.index("PATCH deployments")
    assert asked[database:migration].count("GET statefulsets") > 2
    assert asked[migration:product].count("GET jobs") > 1
    assert "GET deployments" not in asked[migration:product]


def test_members_and_parent_of_the_set_are_labelled_as_kubectl_expects_it(deployed):
    parent = deployed.there("ConfigMap", "kkinfra-shop-test")
    identity = parent["metadata"]["labels"]["applyset.kubernetes.io/id"]
    kinds = parent["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"].split(",")
    assert {"Deployment.apps", "Job.batch", "ConfigMap", "Namespace", "Ingress.networking.k8s.io"} <= {*kinds}
    for kind, name in (("Deployment", "webapp"), ("ConfigMap", "webapp"), ("Service", "webapp")):
        assert deployed.there(kind, name)["metadata"]["labels"][PART_OF] == identity


@pytest.mark.double_only
def test_the_parent_is_written_before_any_member(user):
    user.deployed()
    paths = [each.path for each in writes(user)]
    members = [path for path in paths if path.endswith("/webapp")]
    assert paths.index("/api/v1/namespaces/shop-test/configmaps/kkinfra-shop-test") < paths.index(members[0])


def test_a_second_deploy_changes_nothing(deployed):
    deployed.settled()
    before = deployed.versions()
    done = deployed.deployed()
    assert "nothing to do" in done.out
    assert deployed.versions() == before
    assert len(deployed.history()) == 1


@pytest.mark.double_only
def test_a_second_deploy_asks_for_each_kind_once_and_writes_nothing(deployed):
    deployed.settled()
    since = len(deployed.double.requests)
    deployed.deployed()
    asked = deployed.double.requests[since:]
    assert {each.method for each in asked} == {"GET"}
    assert len(asked) < 25
    assert len({each.path for each in asked}) >= len(asked) - 3


def test_a_changed_setting_changes_what_reads_it_and_is_release_2(deployed):
    deployed.write(colour="blue")
    done = deployed.deployed()
    assert "~ configmap/webapp" in done.out
    assert "~ data.COLOUR: red -> blue" in done.out
    assert deployed.there("ConfigMap", "webapp")["data"]["COLOUR"] == "blue"
    assert [each["release"] for each in deployed.history()] == ["1", "2"]


def test_the_image_on_the_command_line_is_deployed_and_remembered(deployed):
    deployed.deployed("--image", f"{IMAGE}:2.0.0")
    assert image_of(deployed.there("Deployment", "webapp")) == f"{IMAGE}:2.0.0"
    assert deployed.history()[-1]["image"] == f"{IMAGE}:2.0.0"


def test_json_tells_what_was_deployed(user):
    told = user.deployed("-o", "json").json()
    assert (told["outcome"]["release"], told["outcome"]["result"]) == ("1", "deployed")
    assert "deployment/webapp" in {each["identity"] for each in told["plan"]["changes"]}
    again = user.deployed("-o", "json").json()
    assert (again["outcome"], again["plan"]["changes"], again["plan"]["done"]) == (None, [], True)


def test_nobody_is_asked_and_nothing_done_without_yes_where_nobody_can_answer(user):
    done = user.run("deploy")
    assert done.code == 1
    assert "add --yes" in done.err
    assert user.names("Deployment") == []


def test_a_release_holds_what_was_applied(deployed):
    found = deployed.there("ConfigMap", "kkinfra-release-00001")
    made = json.loads(gzip.decompress(base64.b64decode(found["binaryData"]["manifests.json.gz"])))
    assert {"Deployment", "Secret", "Namespace"} <= {each["kind"] for each in made}
    assert not [each for each in made if each["kind"] == "Secret" and ("data" in each or "stringData" in each)]


@pytest.mark.double_only
def test_a_job_that_the_cluster_has_removed_after_it_was_done_is_not_run_again(deployed):
    (job,) = deployed.names("Job")
    deployed.delete("Job", job)
    deployed.settled()
    assert deployed.run("diff").code == 0
    assert "nothing to do" in deployed.deployed().out
    assert deployed.names("Job") == []


@pytest.mark.double_only
def test_an_image_for_another_processor_is_refused_before_anything_changes(user, images):
    user.deployed()
    since, images[f"{IMAGE}:2.0.0"] = len(user.double.requests), ["linux/arm64"]
    user.write(tag="2.0.0")
    done = user.deploy()
    assert done.code == 1
    assert "test needs images for linux/amd64 (platform.architecture; amd64 where it is not written):\n" in done.err
    assert f"\n  {IMAGE}:2.0.0 is for linux/arm64\n" in done.err
    assert "`kkinfra build test --push`" in done.err
    assert writes(user, since) == []
    assert image_of(user.there("Deployment", "webapp")) == f"{IMAGE}:1.0.0"
    images[f"{IMAGE}:2.0.0"] = ["linux/amd64", "linux/arm64"]
    user.deployed()


@pytest.mark.double_only
def test_so_is_one_of_others(user, images):
    user.write(database=True)
    images["postgres:15"] = ["linux/arm64"]
    done = user.deploy()
    assert (done.code, "  postgres:15 is for linux/arm64\n" in done.err) == (1, True), done.err


@pytest.mark.double_only
def test_a_cluster_of_arm64_takes_it(user, images):
    images[f"{IMAGE}:1.0.0"] = ["linux/arm64"]
    file, cluster = user.home / "environments.yaml", "      kind: kubernetes\n"
    file.write_text(file.read_text().replace(cluster, f"{cluster}      architecture: arm64\n"))
    assert "deployed 1 in" in user.deployed().out


@pytest.mark.double_only
def test_what_does_not_change_is_not_asked_for(user, images):
    user.deployed()
    images[f"{IMAGE}:1.0.0"] = ["linux/arm64"]
    assert user.deploy().code == 0
