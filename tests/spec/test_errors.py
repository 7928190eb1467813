"""Errors of a specification: all in one pass, each once, where what is wrong is written."""

from pathlib import Path
from typing import Any

import pytest

from kkinfra.errors import UnknownEnvironmentError
from kkinfra.spec.loading import Spec, load_spec, resolve, resolve_document
from kkinfra.values.document import parse
from real_spec import SOURCE, changed, errors


def load(text: str) -> Spec:
    return resolve_document(parse(text, "f"), "f")


def test_all_errors_come_in_one_pass_in_the_order_of_the_file() -> None:
    text = SOURCE
    for old, new in {
        "workers: 2": "workers: two",
        "memory: 224MB": "memory: 224",
        "path: /flower/": "pth: /flower/",
        "maxmemory: 256MB, ": "",
        "LANGUAGE_CODE: ko": "LANGUAGE_CODE: [ko]",
        "domain: alpha.singun11.wtf": "domain: alpha",
        "kind: compose": "kind: compos",
        "by: ssh": "by: carrier",
        "on: rds": "on: rdz",
    }.items():
        assert old in text
        text = text.replace(old, new)
    fields = [error.split(" ")[1].rstrip(":") for error in errors(text)]
    assert fields == [
        "stack.webapp.workers",
        "stack.celery-worker.memory",
        "stack.flower.pth",
        "stack.redis.maxmemory",
        "settings.LANGUAGE_CODE",
        "environments.alpha.domain",
        "environments.production.platform.kind",
        "environments.production.delivery.by",
        "environments.production.stack.postgresql.on",
    ]


class TestMissing:
    def test_what_to_write_is_said(self) -> None:
        text = changed("memory: 256MB, health", "health")
        assert errors(text) == ["f:12:3 stack.webapp.memory: is missing; write memory: 256MB"]

    def test_in_an_environment(self) -> None:
        text = changed("    domain: alpha.singun11.wtf\n", "")
        assert [error.partition(" ")[2] for error in errors(text)] == [
            "environments.alpha.domain: is missing; write domain: kkambbaki.example.org"
        ]

    def test_of_a_part_that_several_layers_describe_is_told_once_where_it_is_shared(self) -> None:
        assert errors(changed("maxmemory: 256MB, ", "")) == [
            f"f:{line('  redis:  ')}:3 stack.redis.maxmemory: is missing; write maxmemory: 256MB"
        ]

    def test_that_concerns_one_environment_is_told_there(self) -> None:
        text = changed("on: statefulset, storage: 10GiB", "on: statefulset")
        assert [error.partition(" ")[2] for error in errors(text)] == [
            "environments.alpha.stack.postgresql.storage: is missing; write storage: 10GiB"
        ]

    def test_mappings_are_shown_on_one_line(self) -> None:
        text = changed('        workers:       {count: 2, cpu: "4", memory: 8GiB}\n', "")
        assert errors(text)[0].endswith('nodes.workers: is missing; write workers: {count: 2, cpu: "4", memory: 8GiB}')


class TestSharedRoot:
    def test_an_error_is_told_once(self) -> None:
        assert len(errors(changed("workers: 2", "workers: 0"))) == 1

    def test_an_error_in_one_environment_only_names_it(self) -> None:
        text = changed("storage: 20GiB\n", "storage: 20GiB\n        password: ~\n")
        assert errors(text) == [
            (
                f"f:{line('        storage: 20GiB') + 1}:19 environments.production.stack.postgresql.password: "
                "is empty; write password: POSTGRES_PASSWORD"
            )
        ]
        text = changed("    access: {vpn: [10.8.0.0/24]}", "").replace(
            "path: /flower/}", "path: /flower/, expose: true}"
        )
        assert errors(
            text.replace("      flower:     {expose: true}\n", "").replace(
                "  production:    ", "  other: {extends: production, access: {vpn: [10.8.0.0/24]}}\n  production:    "
            )
        ) == [
            (
                f"f:{line('  flower:  ')}:71 stack.flower.expose: "
                "makes Flower public; restrict access.vpn, or remove expose "
                "(in alpha, production)"
            )
        ]


def line(start: str) -> int:
    return next(number for number, text in enumerate(SOURCE.split("\n"), 1) if text.startswith(start))


class TestRoot:
    @pytest.mark.parametrize(
        "text",
        ["{}", "project: a", "environments: {}", "project: a\nenvironments:\n", "project: a\nenvironments: {}\n"],
    )
    def test_nothing_to_render_is_an_error(self, text: str) -> None:
        assert any(
            "environments" in error
            and "write environments: {" in error.replace("in environments", "write environments")
            for error in errors(text)
        )

    def test_a_misspelt_root_says_what_was_meant(self) -> None:
        found = errors("projekt: a\nenvironmets: {}\n")
        assert [error.split(";")[0].split(" (")[-1] for error in found if "mean" in error] == [
            "did you mean 'project'?)",
            "did you mean 'environments'?)",
        ]
        assert len(found) == 2, "what is missing only because its key is misspelt is not told again"

    @pytest.mark.parametrize("value", ["x", "[alpha]", "3"])
    def test_environments_is_a_mapping(self, value: str) -> None:
        assert "not a mapping" in errors(f"project: a\nenvironments: {value}\n")[0]


class TestExtends:
    def load(self, environments: str) -> Spec:
        return load(SOURCE + environments)

    def test_a_chain(self) -> None:
        spec = self.load(
            "  beta: {extends: alpha, domain: beta.singun11.wtf, stack: {webapp: {workers: 3}}}\n"
            "  gamma: {extends: beta, stack: {webapp: {memory: 1GiB}, flower: ~}, secrets: {FLOWER_BASIC_AUTH: ~}}\n"
        )
        gamma = resolve(spec, "gamma")
        assert (gamma.name, gamma.domain) == ("gamma", "beta.singun11.wtf")
        assert gamma.stack["webapp"].workers == 3  # type: ignore[union-attr]
        assert str(gamma.stack["webapp"].memory) == "1GiB"  # type: ignore[union-attr]
        assert "flower" not in gamma.stack
        assert "flower" in resolve(spec, "beta").stack
        assert spec.where("gamma", ("stack", "webapp", "workers"))[1:] == (
            ("environments", "beta", "stack", "webapp", "workers"),
            True,
        )
        assert spec.where("gamma", ("stack", "webapp", "asgi"))[1:] == (("stack", "webapp", "asgi"), True)
        assert spec.where("gamma", ("stack", "webapp", "port"))[2] is False

    def test_a_later_parent_may_be_defined_below(self) -> None:
        assert (
            resolve(
                self.load("  beta: {extends: gamma}\n  gamma: {extends: alpha, domain: g.example.org}\n"), "beta"
            ).domain
            == "g.example.org"
        )

    def test_another_platform_replaces_the_parents(self) -> None:
        spec = self.load(
            "  beta:\n    extends: production\n    delivery: {by: apply}\n    tls: {by: traefik}\n"
            "    platform:\n      kind: kubernetes\n      version: '1.33'\n      ingress: {kind: traefik}\n"
            "      nodes: {control_plane: {count: 1, cpu: 2, memory: 4GB}, workers: {count: 2, cpu: 4, memory: 8GiB}}\n"
            "      storage: {server: nas, path: /x}\n"
            "    stack: {postgresql: {on: statefulset, storage: 1GiB, memory: 1GiB}}\n"
        )
        assert resolve(spec, "beta").platform.kind == "kubernetes"

    def test_a_circle_is_told_by_each_that_is_in_it(self) -> None:
        found = errors(SOURCE + "  a: {extends: b}\n  b: {extends: c}\n  c: {extends: b}\n")
        assert len(found) == 2
        assert all("environments extend one another in a circle" in error for error in found)
        assert any("b -> c -> b" in error for error in found)

    def test_a_parent_in_error_is_told_once(self) -> None:
        found = errors(SOURCE + "  beta: {extends: gamma}\n  gamma: {extends: alpha, domain: x}\n")
        assert len(found) == 1
        assert "environments.gamma.domain: 'x' is not a domain name" in found[0]


class TestSecrets:
    @pytest.mark.parametrize(
        "written",
        [
            "hunter2",
            "{env: hunter2}",
            "{env: A, readers: hunter2}",
            "{aws_parameter: hunter2}",
            "{file: /hunter2/}",
            "[hunter2]",
            "{env: [hunter2]}",
            "{env: {hunter2: 1}}",
            "{env: A, key: hunter2}",
        ],
    )
    def test_a_secret_that_was_written_by_mistake_is_not_repeated(self, written: str) -> None:
        found = errors(changed("{env: DJANGO_SECRET_KEY}", written))
        assert found
        assert "hunter2" not in " ".join(found)
        assert all(" secrets.DJANGO_SECRET_KEY" in error for error in found)


class TestUnknownEnvironment:
    def test_the_nearest_is_suggested(self) -> None:
        with pytest.raises(UnknownEnvironmentError) as raised:
            resolve(load(SOURCE), "prodution")
        assert (
            str(raised.value)
            == "f names no environment 'prodution' (did you mean 'production'?); it names: alpha, production"
        )

    @pytest.mark.parametrize("name", ["", "a\nb", "x" * 1000, "../alpha"])
    def test_anything_may_be_asked(self, name: str) -> None:
        with pytest.raises(UnknownEnvironmentError) as raised:
            resolve(load(SOURCE), name)
        assert str(raised.value).isprintable()


class TestSourceName:
    def test_the_path_below_the_project(self, tmp_path: Path) -> None:
        (tmp_path / "noxfile.py").touch()
        path = tmp_path / "spec" / "environments.yaml"
        path.parent.mkdir()
        path.write_text(SOURCE, encoding="utf-8")
        assert load_spec(path).source == "spec/environments.yaml"
        assert {environment.source for environment in load_spec(path).environments.values()} == {
            "spec/environments.yaml"
        }


def test_everything_is_frozen() -> None:
    environment: Any = resolve(load(SOURCE), "alpha")
    for holder, name in (
        (environment, "domain"),
        (environment.stack["webapp"], "workers"),
        (environment.platform.nodes.workers, "count"),
    ):
        with pytest.raises(ValueError, match="frozen"):
            setattr(holder, name, getattr(holder, name))
