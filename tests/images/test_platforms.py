"""For which platforms an image is built, by what, and what becomes of one that is for another."""

from __future__ import annotations

import json
import shutil

import pytest

from recorded_buildx import CANNOT_DO_SEVERAL, CANNOT_RUN, DIGEST
from recorded_engine import BUILT, IMAGE, failed

REPOSITORY = "ghcr.io/example/kkambbaki"
OTHER_DIGEST = f"sha256:{'5824a9b583b4' * 5}abcd"


@pytest.fixture
def graviton(repository):
    """Production is on arm64, alpha on amd64, and both take the image from one repository."""
    spec = repository.path / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("instance_type: t2.micro", "instance_type: t4g.micro"))
    repository.commit()
    return repository


@pytest.fixture
def mixed(repository):
    """Alpha's cluster has nodes of both."""
    spec = repository.path / "spec/environments.yaml"
    cluster = "      kind: kubernetes\n"
    spec.write_text(spec.read_text().replace(cluster, f"{cluster}      architecture: [arm64, amd64]\n"))
    repository.commit()
    return repository


def own_tag(repository):
    return f"{REPOSITORY}:main-{repository.git('rev-parse', 'HEAD')[:12]}"


def test_the_engine_is_asked_for_the_instance_types_platform(graviton, engine, kkinfra):
    done = kkinfra("build", "production")
    assert (done.code, engine.query["platform"]) == (0, "linux/arm64")
    assert "MB, linux/arm64) in" in done.output
    kkinfra("build", "alpha")
    assert engine.query["platform"] == "linux/amd64"


def test_an_image_for_another_platform_than_was_asked_gets_no_tag_and_is_not_pushed(repository, engine, kkinfra):
    engine.builds_for = "arm64"
    done = kkinfra("build", "production", "--push")
    assert done.code == 1
    assert "error: the image that was built is for linux/arm64, and linux/amd64 was asked for, so it got no tag" in (
        done.errors
    )
    assert "`docker pull --platform linux/amd64 IMAGE` for each FROM of Dockerfile" in done.errors
    assert (engine.tags, engine.pushes) == ([], [])


def test_an_engine_that_cannot_run_the_steps_is_told_of_emulation(graviton, engine, kkinfra):
    said = "The command '/bin/sh -c true' returned a non-zero code: 1"
    engine.build = failed(said, *BUILT[:6], {"stream": "\x1b[91mexec /bin/sh: exec format error\n\x1b[0m"})
    done = kkinfra("build", "production", "-q")
    assert done.errors.splitlines()[-1] == (
        f"{said}: exec format error; the engine's machine cannot run programs for linux/arm64: `docker run "
        "--privileged --rm tonistiigi/binfmt --install all` lets it emulate them, or build on a machine that is such a "
        "one"
    )


def test_a_base_image_without_the_platform_is_told_so(repository, engine, kkinfra):
    engine.build = failed("no matching manifest for linux/amd64 in the manifest list entries", *BUILT[:2])
    assert "FROM names an image that is not there for linux/amd64: choose one that is" in (
        kkinfra("build", "production").errors
    )


class TestBuildx:
    def test_another_platform_than_the_engines_is_built_by_it_where_it_is_there(
        self, graviton, engine, buildx, kkinfra
    ):
        buildx.says()
        done = kkinfra("build", "production", "--no-cache", "--network", "host")
        assert done.code == 0
        assert f"built {IMAGE} (160.9 MB, linux/arm64) in" in done.output
        assert buildx.asked["context"] == ["Dockerfile"]
        assert {"--platform=linux/arm64", "--load", "--no-cache", "--network=host", "--file=Dockerfile"} <= {
            *buildx.asked["argv"]
        }
        assert f"--build-arg=APP_REVISION={graviton.git('rev-parse', 'HEAD')}" in buildx.asked["argv"]
        assert "--label=org.opencontainers.image.title=kkambbaki" in buildx.asked["argv"]
        assert engine.query == {}, "the classic builder is not asked"
        assert "step 2/2: linux/arm64 RUN echo hello\n  hello\n" in done.errors

    def test_the_engines_own_platform_is_built_by_the_engine(self, repository, engine, buildx, kkinfra):
        buildx.says()
        assert kkinfra("build", "production").code == 0
        assert (buildx.asked, engine.query["platform"]) == ({}, "linux/amd64")
        engine.architecture = "arm64"
        assert kkinfra("build", "production").code == 0
        assert "--platform=linux/amd64" in buildx.asked["argv"]

    def test_what_it_made_for_another_platform_is_refused_all_the_same(self, graviton, engine, buildx, kkinfra):
        buildx.says(platforms=("linux/amd64",))
        done = kkinfra("build", "production")
        assert done.code == 1
        assert done.errors.endswith(
            "error: the image that was built is for linux/amd64, and linux/arm64 was asked for, so it is not pushed; "
            "see which builder makes it: `docker buildx inspect`\n"
        )

    def test_what_it_ignores_does_not_get_to_it(self, graviton, engine, buildx, kkinfra):
        buildx.says()
        graviton.write("app/.dockerignore", "# not these\ntests\n")
        graviton.write("app/tests/test_it.py")
        graviton.commit()
        kkinfra("build", "production")
        assert buildx.asked["context"] == [".dockerignore", "Dockerfile"]

    def test_a_step_that_fails_is_shown_with_what_it_printed(self, graviton, engine, buildx, kkinfra):
        buildx.says(CANNOT_RUN, code=1)
        done = kkinfra("build", "production", "-q")
        first, *printed, last = done.errors.splitlines()
        assert (done.code, first) == (1, "error: step 2/2 failed: RUN true")
        assert "  | 0.352 exec /bin/sh: exec format error" in printed
        assert "exit code: 1: exec format error; the engine's machine cannot run programs for linux/arm64" in last
        assert engine.tags == []


class TestSeveral:
    """One image for two platforms."""

    def test_environments_that_share_a_repository_get_one_image_for_all(self, graviton, engine, buildx, kkinfra):
        buildx.says()
        done = kkinfra("build", "production", "--push", "-o", "json")
        assert done.code == 0
        assert {"--platform=linux/amd64,linux/arm64", "--push"} <= {*buildx.asked["argv"]}
        told = json.loads(done.output)
        tags = [own_tag(graviton), f"{REPOSITORY}:1.0.0"]
        assert told["pushed"] == tags == sorted(engine.registry, reverse=True)
        assert (told["platform"], told["size_bytes"], told["tags"]) == ("linux/amd64, linux/arm64", None, [])
        assert told["digest"] == f"{REPOSITORY}@{DIGEST}"

    def test_a_mixed_cluster_does_so_too_and_people_are_told(self, mixed, engine, buildx, kkinfra):
        buildx.says()
        done = kkinfra("build", "alpha", "--push")
        assert done.output.startswith(f"built {DIGEST} (linux/amd64, linux/arm64) in ")
        assert done.output.splitlines()[1:] == [f"pushed {REPOSITORY}@{DIGEST}", f"  {own_tag(mixed)}"]

    def test_those_of_another_repository_have_an_image_of_their_own(self, graviton, engine, kkinfra):
        spec = graviton.path / "spec/environments.yaml"
        text = spec.read_text()
        here = "    platform:\n      kind: compose\n"
        assert here in text
        spec.write_text(text.replace(here, f"    image: {REPOSITORY}-arm:1.0.0\n{here}"))
        graviton.commit()
        assert kkinfra("build", "production", "--push").code == 0
        assert engine.query["platform"] == "linux/arm64"

    def test_without_buildx_a_refusal_says_who_needs_what_before_an_engine_is_asked(self, graviton, engine, kkinfra):
        done = kkinfra("build", "production", "--push")
        assert done.code == 1
        assert done.errors.startswith(
            f"error: {REPOSITORY} is needed for linux/amd64 (alpha) and linux/arm64 (production), and only `docker "
            "buildx` builds one image for both, which is not installed here: install it ("
        )
        assert engine.asked == []

    def test_without_docker_at_all_too(self, graviton, engine, kkinfra, monkeypatch, tmp_path_factory):
        git = tmp_path_factory.mktemp("git")
        (git / "git").symlink_to(shutil.which("git"))
        monkeypatch.setenv("PATH", str(git))
        done = kkinfra("build", "production", "--push")
        assert (done.code, "which is not installed here" in done.errors) == (1, True)

    def test_without_a_push_it_would_go_nowhere(self, mixed, engine, buildx, kkinfra):
        buildx.says()
        done = kkinfra("build", "alpha")
        assert done.errors == (
            "error: an image for linux/amd64 and linux/arm64 is kept by its registry alone; add --push\n"
        )
        assert (done.code, engine.asked, buildx.asked) == (1, [], {})

    def test_a_builder_that_cannot_is_told_with_what_helps(self, graviton, engine, buildx, kkinfra):
        buildx.says(CANNOT_DO_SEVERAL, code=1)
        done = kkinfra("build", "production", "--push")
        assert done.errors.endswith(
            "error: the image cannot be built: Multi-platform build is not supported for the docker driver; make a "
            "builder that can (`docker buildx create --use`), or turn on Docker's containerd image store\n"
        )

    def test_a_version_that_is_out_stays(self, graviton, engine, buildx, kkinfra):
        buildx.says()
        engine.registry[f"{REPOSITORY}:1.0.0"] = OTHER_DIGEST
        done = kkinfra("build", "production", "--push", "-o", "json")
        assert json.loads(done.output)["kept"] == {f"{REPOSITORY}:1.0.0": OTHER_DIGEST}
        assert engine.registry[f"{REPOSITORY}:1.0.0"] == OTHER_DIGEST
        engine.registry[f"{REPOSITORY}:1.0.0"] = DIGEST
        told = json.loads(kkinfra("build", "production", "--push", "-o", "json").output)
        assert (told["kept"], told["pushed"][-1]) == ({}, f"{REPOSITORY}:1.0.0")

    def test_a_registry_that_has_not_all_platforms_then_is_told(self, graviton, engine, buildx, kkinfra):
        buildx.says(platforms=("linux/amd64", "unknown/unknown"))
        done = kkinfra("build", "production", "--push")
        assert done.code == 1
        assert "has linux/amd64 and unknown/unknown, and not all of linux/amd64 and linux/arm64" in done.errors

    def test_a_tree_that_moves_while_it_is_read_is_not_built(self, graviton, engine, buildx, kkinfra, monkeypatch):
        from kkinfra.images import buildx as module

        def packed(plan, really=module.packed):
            found = really(plan)
            graviton.write("app/Dockerfile", "FROM scratch\n")
            return found

        buildx.says()
        monkeypatch.setattr(module, "packed", packed)
        done = kkinfra("build", "production", "--push")
        assert (done.code, "was changed while it was being read" in done.errors) == (1, True)
        assert buildx.asked == {}
