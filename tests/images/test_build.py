"""`kkinfra build`, with a repository of its own and an engine that answers what a real one did."""

from __future__ import annotations

import json

from recorded_engine import DIGEST, IMAGE

REPOSITORY = "ghcr.io/example/kkambbaki"


def own_tag(repository):
    return f"{REPOSITORY}:main-{repository.git('rev-parse', 'HEAD')[:12]}"


def test_the_image_is_called_after_its_commit_and_as_the_spec_says(repository, engine, kkinfra):
    done = kkinfra("build", "production")
    assert done.code == 0
    assert done.output.startswith(f"built {IMAGE} (160.9 MB, linux/amd64) in ")
    assert done.output.splitlines()[1:] == [f"  {own_tag(repository)}", f"  {REPOSITORY}:1.0.0"]
    assert engine.tags == [own_tag(repository), f"{REPOSITORY}:1.0.0"]
    assert engine.pushes == []


def test_the_engine_gets_arguments_labels_and_what_is_not_ignored(repository, engine, kkinfra):
    repository.write("app/.dockerignore", "tests\n**/*.pyc\n")
    repository.write("app/manage.py")
    repository.write("app/tests/test_it.py")
    repository.write("app/config/old.pyc")
    repository.git("remote", "add", "origin", "https://user:s3cret@github.com/example/kkambbaki.git")
    commit = repository.commit()
    kkinfra("build", "production", "--no-cache", "--network", "host")
    tag = f"main-{commit[:12]}"
    assert engine.context == [".dockerignore", "Dockerfile", "config", "manage.py"]
    assert json.loads(engine.query["buildargs"]) == {
        "APP_RELEASE": tag,
        "APP_REVISION": commit,
        "APP_CREATED": "2026-11-23T16:02:03Z",
    }
    assert json.loads(engine.query["labels"]) == {
        "org.opencontainers.image.title": "kkambbaki",
        "org.opencontainers.image.version": tag,
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.created": "2026-11-23T16:02:03Z",
        "org.opencontainers.image.source": "https://github.com/example/kkambbaki",
    }
    options = {name: engine.query[name] for name in ("networkmode", "nocache", "forcerm", "pull")}
    assert options == {"networkmode": "host", "nocache": "True", "forcerm": "True", "pull": "False"}


def test_every_field_of_the_recipe_counts(repository, engine, kkinfra):
    spec = repository.path / "spec/environments.yaml"
    recipe = "build: {context: ., dockerfile: images/web, args: {FLAVOUR: mild}, dirty_tree: allow}"
    spec.write_text(spec.read_text().replace("build: {context: app}", recipe))
    repository.write("images/web", "FROM scratch\n")
    assert kkinfra("build", "production").code == 0
    assert engine.query["dockerfile"] == "images/web"
    assert json.loads(engine.query["buildargs"])["FLAVOUR"] == "mild"
    assert {"images/web", "spec/environments.yaml"} <= set(engine.context)
    assert engine.tags[0].endswith("-dirty")


def test_an_environment_overrides_the_recipe(repository, engine, kkinfra):
    spec = repository.path / "spec/environments.yaml"
    spec.write_text(
        spec.read_text().replace("build: {dirty_tree: allow}", "build: {args: {FLAVOUR: hot}, dirty_tree: allow}")
    )
    kkinfra("build", "alpha")
    assert json.loads(engine.query["buildargs"])["FLAVOUR"] == "hot"


def test_a_digest_in_the_spec_is_not_what_is_built(repository, engine, kkinfra):
    spec = repository.path / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("kkambbaki:1.0.0 ", f"kkambbaki:1.0.0@{DIGEST} "))
    repository.commit()
    kkinfra("build", "production", "--push")
    assert engine.tags == engine.pushes == [own_tag(repository)]


def test_programs_get_one_document(repository, engine, kkinfra):
    done = kkinfra("build", "production", "--push", "-o", "json")
    document = json.loads(done.output)
    assert document.pop("seconds") >= 0
    assert document == {
        "environment": "production",
        "image": IMAGE,
        "size_bytes": 160_900_000,
        "platform": "linux/amd64",
        "tags": [own_tag(repository), f"{REPOSITORY}:1.0.0"],
        "commit": repository.git("rev-parse", "HEAD"),
        "branch": "main",
        "created": "2026-11-23T16:02:03Z",
        "dirty": False,
        "pushed": [own_tag(repository), f"{REPOSITORY}:1.0.0"],
        "kept": {},
        "digest": f"{REPOSITORY}@{DIGEST}",
    }


def test_steps_and_what_they_print_are_lines_away_from_a_terminal(repository, engine, kkinfra):
    assert kkinfra("build", "production").errors.splitlines() == [
        "packing app",
        "step 1/2: FROM debian:bookworm-slim",
        "step 2/2: RUN echo hello",
        "  warning: old",
        "  100%",
        "  hello",
    ]
    loud = kkinfra("build", "production", "-v").errors
    assert "  ---> Running in 6039047e264b\n" in loud
    assert kkinfra("build", "production", "-q")[1:] == ("", "")


class TestDirt:
    def test_production_refuses_it_and_says_what_it_is(self, repository, engine, kkinfra):
        repository.write("app/forgotten.py")
        done = kkinfra("build", "production")
        assert done.code == 1
        assert "1 path differs from the commit (app/forgotten.py), and production is built of what is" in done.errors
        assert "--allow-dirty" in done.errors
        assert engine.asked == []

    def test_what_was_rendered_leads_to_what_git_should_ignore(self, repository, engine, kkinfra):
        repository.write(".gitignore", "*.log\n")
        repository.commit()
        repository.write("build/production/compose.yaml")
        done = kkinfra("build", "production")
        assert (done.code, "write /build/ into .gitignore, since `kkinfra render` makes it" in done.errors) == (1, True)
        repository.write(".gitignore", "*.log\n/build/\n")
        repository.commit()
        assert kkinfra("build", "production").code == 0

    def test_whoever_asks_for_it_gets_it_called_so(self, repository, engine, kkinfra):
        repository.write("app/forgotten.py")
        done = kkinfra("build", "production", "--allow-dirty", "--push")
        assert done.code == 0
        assert engine.tags == [f"{own_tag(repository)}-dirty", f"{REPOSITORY}:1.0.0"]
        assert engine.pushes == [f"{own_tag(repository)}-dirty"]
        assert "1 path differs from the commit, hence -dirty" in done.output

    def test_alpha_takes_it(self, repository, engine, kkinfra):
        repository.write("spec/environments.yaml", (repository.path / "spec/environments.yaml").read_text() + "\n")
        assert kkinfra("build", "alpha").code == 0
        assert engine.tags[0] == f"{own_tag(repository)}-dirty"

    def test_a_tree_that_moves_while_it_is_read_gets_no_name(self, repository, engine, kkinfra):
        engine.before_answering = lambda: repository.write("app/Dockerfile", "FROM scratch\n")
        done = kkinfra("build", "production")
        assert done.code == 1
        assert "was changed while it was being read" in done.errors
        assert engine.tags == []
