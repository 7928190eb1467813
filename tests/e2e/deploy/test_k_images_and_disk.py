"""Images that cannot be had, disks that are full, and releases that are kept or not."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from deployer import outcome
from failed_deploy import fails, is_refused
from interruptions import DIRECTORY, NAMESPACE, assert_converged, watch
from kkinfra.rendering.pipeline import open_spec
from kkinfra.targets.compose.plan.preflight import LEAST_DISK, checks
from onlooker import answered_throughout
from small_disk import fill, free, small, ssh_that_finds

RELEASES, RUNS = f"{DIRECTORY}/releases", f"{DIRECTORY}/runs"
KEPT = {"tls": None, "delivery": {"keep_releases": 2}, "stack": {"flower": {"settings": {"LOG_LEVEL": "WARNING"}}}}
"""A specification that starts one part anew."""


@pytest.fixture(scope="module")
def host(deployer):
    deployer.write("a", {"tls": None})
    deployer.serve("a")
    return deployer


@pytest.fixture
def absent(host, machine, releases):
    """A release whose image the host does not have."""
    machine.root(f"docker image rm {releases['c']} 2>/dev/null || true")
    return "c"


@pytest.fixture
def no_registry(registry, releases):
    """The registry is gone meanwhile."""
    registry.stop()
    yield
    registry.start()


def images(machine, registry):
    """The digests of the product's images that are on the host."""
    return machine.root(f"docker images --digests --format '{{{{.Digest}}}}' {registry.repository}").split()


def running(machine, service):
    """The image that a service runs, as it was named."""
    return machine.root(f"docker inspect --format '{{{{.Config.Image}}}}' {NAMESPACE}-{service}-1").strip()


def on_host(machine):
    """The names of the releases that are on the host."""
    return set(machine.root(f"ls {RELEASES}").split())


def mounted(machine):
    """Those of which a container mounts files."""
    listed = machine.root(
        "docker ps --quiet | xargs docker inspect --format '{{range .Mounts}}{{println .Source}}{{end}}'"
    )
    return set(re.findall(rf"^{RELEASES}/([^/]+)/", listed, re.MULTILINE))


def there(host, image):
    """The releases of an image that are on the host, and do not serve."""
    lines = host.history()
    return [line["release"] for line in lines if line["image"] == host.releases[image] and line["kept"]]


def test_a_tag_is_deployed_as_the_digest_that_it_stands_for_now(host, machine, registry, releases):
    wanted = releases["b"]
    with answered_throughout(machine) as onlooker:
        done = host.run("deploy", "production", "--yes", "--image", f"{registry.repository}:b", "-o", "json")
    assert done.returncode == 0, done.stderr
    assert outcome(done)["image"] == wanted
    colour = host.status()["details"]["release"]["colour"]
    assert {running(machine, each) for each in (f"webapp-{colour}", "celery-worker", "flower")} == {wanted}
    assert onlooker.releases == ["a", "b"]
    assert_converged(host, "b")


def test_without_the_registry_a_new_image_is_refused_and_all_that_is_there_can_be_deployed(
    host, machine, absent, no_registry
):
    refused = is_refused(host, *host.deploying(absent))
    assert "error: production is not ready, and nothing was changed:\n  image: " in refused
    assert re.search(r"registry; nothing was stopped(, so try again later)?$", refused, re.MULTILINE), refused
    nothing = host.deploy("b")
    assert (nothing.returncode, "nothing to do" in nothing.stdout) == (0, True), nothing.stderr
    with answered_throughout(machine) as onlooker:
        back = host.run("rollback", "production", "--yes")
    assert back.returncode == 0, back.stderr
    assert onlooker.releases == ["b", "a"]
    assert_converged(host, "a")


def test_an_image_that_the_registry_does_not_have_is_refused(host, registry):
    for reference in (f"{registry.repository}@sha256:{'1' * 64}", f"{registry.repository}:absent"):
        refused = is_refused(host, "deploy", "production", "--yes", "--image", reference)
        assert f"\n  image: {reference}: the host finds no digest of {reference}: manifest unknown" in refused
        assert "push it first: `kkinfra build ENV --push`\n" in refused


@pytest.fixture
def other(engine):
    """The architecture that the host does not have."""
    return {"amd64": "arm64"}.get(engine.version()["Arch"], "amd64")


def test_an_image_for_another_processor_is_refused_and_the_previous_release_serves_on(
    host, engine, registry, other, tmp_path
):
    tag = "kkinfra-test-foreign:1"
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    engine.images.build(path=str(tmp_path), platform=f"linux/{other}", tag=tag)
    assert engine.images.get(tag).attrs["Architecture"] == other
    foreign = registry.push(tag, "foreign")
    refused = is_refused(host, "deploy", "production", "--yes", "--image", foreign)
    assert f"\n  image: {foreign.partition('@')[2]}: {foreign} is for linux/{other}, and the host is linux/" in refused
    assert_converged(host, "a")


def archive(engine, reference, architecture):
    """What `docker save` writes of an image, with a configuration that says another architecture."""
    saved, made = io.BytesIO(b"".join(engine.images.get(reference).save(named=True))), io.BytesIO()
    with tarfile.open(fileobj=saved) as there, tarfile.open(fileobj=made, mode="w") as archive:
        (about,) = json.load(there.extractfile("manifest.json"))
        configuration = {**json.load(there.extractfile(about["Config"])), "architecture": architecture}
        for name, value in (("config.json", configuration), ("manifest.json", [{**about, "Config": "config.json"}])):
            content = json.dumps(value).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for name in dict.fromkeys(about["Layers"]):
            archive.addfile(there.getmember(name), there.extractfile(name))
    return made.getvalue()


def test_a_loaded_archive_for_another_processor_is_refused_and_the_previous_release_serves_on(
    host, machine, engine, other
):
    own, reference = engine.version()["Arch"], "redis:7.4"
    subprocess.run(
        [*machine.ssh_command("admin"), "sudo docker load --quiet"],
        input=archive(engine, reference, other), capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    try:
        found = machine.root(f"docker image inspect --format '{{{{.Architecture}}}}' {reference}")
        assert found.strip() == other
        refused = is_refused(host, *host.deploying("b"))
        assert f"\n  image {reference}: linux/{other}: the host is linux/{own}, and cannot run it; remove it" in refused
    finally:
        machine.load(engine, reference)
    assert_converged(host, "a")


def test_a_login_that_the_registry_does_not_take_is_refused_and_not_told(host, registry, absent):
    wrong = base64.b64encode(b"puller:sentinel-wrong").decode()
    login = json.dumps({"auths": {registry.host: {"auth": wrong}}})
    refused = is_refused(host, *host.deploying(absent), REGISTRY_DOCKERCONFIG=login)
    assert "unauthorized: authentication required; renew the pull secret: it must be let in to read this" in refused
    assert wrong not in refused
    assert "sentinel" not in refused


@pytest.mark.parametrize(("free_bytes", "stops"), [(LEAST_DISK - 1, True), (LEAST_DISK, False)])
def test_a_disk_with_too_little_room_stops_a_deploy(free_bytes, stops):
    environment = open_spec("spec/environments.yaml").environments["production"]
    facts = {
        "engine": {"version": "20.10.24"}, "compose": "5.6.1", "digest": {"digest": "sha256:0"}, "database": {},
        "ports": {}, "release": {},
        "host": {"disk_free": free_bytes, "memory_free": 10**9, "swap_free": 0, "clock": 0},
    }  # fmt: skip
    (disk,) = (check for check in checks(environment, facts, None, 0) if check.name == "disk")
    assert bool(disk.problem) is stops


def test_a_host_with_a_small_disk_is_told_how_to_get_room(host, absent):
    ssh = ssh_that_finds(host.home, "/var/lib/docker", 300_000, host.call()["env"]["KKINFRA_SSH_COMMAND"])
    refused = is_refused(host, *host.deploying(absent), KKINFRA_SSH_COMMAND=ssh)
    remedy = "`docker image prune -a` and `journalctl --vacuum-size=50M` free some"
    assert f"\n  disk: 307 MB free: 500 MB are needed; {remedy}\n" in refused
    assert_converged(host, "a")


def test_a_disk_that_fills_up_while_the_release_is_put_there(host, machine, absent):
    before = on_host(machine)
    with small(machine, RELEASES, 4000):
        fill(machine, RELEASES, left=16)
        refused = is_refused(host, *host.deploying(absent))
        assert (
            f"error: the release cannot be written to {RELEASES}: No space left on device; the disk is full" in refused
        )
        free(machine, RELEASES)
        assert machine.root(f"ls -A {RELEASES}").split() == sorted(before)
    assert_converged(host, "a")


def test_a_disk_that_fills_up_while_the_image_is_pulled(host, machine, absent, releases):
    with small(machine, "/var/lib/docker/tmp", 4):
        fill(machine, "/var/lib/docker/tmp")
        failure = fails(host, *host.deploying(absent))
    assert f"error: {releases[absent]} cannot be pulled: " in failure.said
    assert (
        "no space left on device; free some of the host's disk (`docker image prune -a`), then deploy again"
        in failure.said
    )
    assert failure.seen == ["a"]
    assert_converged(host, "a")


def test_a_disk_that_fills_up_before_the_run_is_written_down(host, machine):
    before = on_host(machine)
    with small(machine, RUNS, 4000):
        fill(machine, RUNS)
        refused = is_refused(host, *host.deploying("b"))
    assert "No space left on device" in refused
    assert (
        "the disk is full: free some (`docker image prune`, `journalctl --vacuum-size=50M`), then deploy again"
        in refused
    )
    assert on_host(machine) == before
    assert_converged(host, "a")


def test_a_disk_that_fills_up_during_the_run_takes_it_back(host, machine):
    """When all is switched and the workers of before are gone: the next line of the journal finds no room."""
    with small(machine, RUNS, 4000), ThreadPoolExecutor(1) as pool:
        filling = pool.submit(fill_during, machine, watch(machine, "celery-worker"))
        failure = fails(host, *host.deploying("b"))
        filling.result()
    assert "error: the disk is full: free some (`docker image prune`, `journalctl --vacuum-size=50M`)" in failure.said
    assert failure.seen == ["a", "b", "a"]
    assert_converged(host, "a")


def fill_during(machine, watched):
    run = watched.run()
    machine.root(f"truncate --size=%4096 {run.file}")
    fill(machine, RUNS)


def test_old_releases_go_with_their_images_and_one_that_cannot_is_told(host, machine, releases, registry):
    """Only the newest ones that served stay, and those of which a container mounts files."""
    if not (found := there(host, "b")) or host.serving() != "a":
        host.serve("b")
        host.serve("a")
        found = there(host, "b")
    old = found[-1]
    host.write("a", KEPT)
    machine.root(f"chattr +i {RELEASES}/{old}")
    try:
        with answered_throughout(machine):
            done = host.deploy("a")
    finally:
        machine.root(f"chattr -i {RELEASES}/{old}")
    assert done.returncode == 0, done.stderr
    assert f"  warning: an old release stays: {RELEASES}/{old}: Operation not permitted\n" in done.stdout
    assert releases["b"].partition("@")[2] not in images(machine, registry)
    with answered_throughout(machine):
        done = host.deploy("c")
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stdout
    served = [line["release"] for line in reversed(host.history()) if line["result"] in ("deployed", "rolled back")]
    kept = {*list(dict.fromkeys(served))[:2], *mounted(machine)}
    assert on_host(machine) == kept
    assert old not in kept
    known = {line["release"]: line["image"].partition("@")[2] for line in host.history()}
    assert set(images(machine, registry)) == {known[each] for each in kept}
    with answered_throughout(machine) as onlooker:
        back = host.run("rollback", "production", "--yes")
    assert back.returncode == 0, back.stderr
    assert onlooker.releases == ["c", "a"]
    assert_converged(host, "a")
