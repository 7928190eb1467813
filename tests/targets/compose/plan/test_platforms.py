"""For which processors images are, and that one for another than the host's is refused before anything stops."""

from __future__ import annotations

import pytest

from kkinfra.host import platforms, runs
from kkinfra.host.call import Call
from kkinfra.host.engine import HostEngine
from kkinfra.host.journal import read
from kkinfra.host.observe import _digest, _engine, _images
from kkinfra.targets.compose.plan.preflight import checks
from observed_host import NOW, empty
from real_release import DIGEST, production, release
from recorded_host import RecordedHost
from small_release import IMAGE, layout, manifest, sent, staged

INDEX = {
    "Descriptor": {"digest": DIGEST},
    "Platforms": [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm64", "os": "linux", "variant": "v8"},
        {"architecture": "unknown", "os": "unknown"},
        {"architecture": "unknown", "os": "unknown"},
    ],
}
"""What an engine of 20.10 answers of an index that BuildKit pushed with its attestations."""
ARM = {"Descriptor": {"digest": DIGEST}, "Platforms": [{"architecture": "arm64", "os": "linux"}]}


class TestOfWhichTheyAre:
    def test_attestations_are_none(self):
        assert platforms.of_registry(INDEX) == ["linux/amd64", "linux/arm64"]

    @pytest.mark.parametrize("said", [{}, {"Platforms": None}, {"Platforms": []}])
    def test_a_registry_that_does_not_tell(self, said):
        assert platforms.of_registry(said) == []

    @pytest.mark.parametrize(
        ("host", "found", "expected"),
        [
            ("linux/amd64", ["linux/amd64"], True),
            ("linux/amd64", ["linux/arm64"], False),
            ("linux/amd64", ["linux/arm64", "linux/amd64"], True),
            ("linux/amd64", ["linux/386"], True),
            ("linux/amd64", ["windows/amd64"], False),
            ("linux/arm64", ["linux/amd64"], False),
            ("linux/arm64", ["linux/arm"], True),
            ("linux/arm", ["linux/arm64"], False),
            ("linux/riscv64", ["linux/riscv64"], True),
            ("linux/amd64", [], True),
            ("", ["linux/arm64"], True),
        ],
    )
    def test_what_a_host_runs(self, host, found, expected):
        assert platforms.runs(host, found) is expected


class Answering(HostEngine):
    """An engine that has some images, and asks one registry."""

    def __init__(self, here, registry):
        super().__init__("unused")
        object.__setattr__(self, "here", here)
        object.__setattr__(self, "registry", registry)

    def ask(self, method, path, seconds=0, **query):
        return {"Version": "20.10.24+dfsg1", "Os": "linux", "Arch": "amd64"}

    def find(self, path, headers=None, seconds=0):
        kind, _, rest = path.lstrip("/").partition("/")
        found = {"images": self.here, "distribution": self.registry}[kind].get(rest.removesuffix("/json"))
        return (found, "") if found else (None, "manifest unknown")


class TestObserving:
    def call(self, tmp_path, **arguments):
        return Call("observe", layout(tmp_path), arguments)

    def test_the_engine_says_its_platform(self):
        assert _engine(Answering({}, {})) == {"version": "20.10.24+dfsg1", "platform": "linux/amd64"}

    def test_of_the_products_image_the_registry_says_it(self, tmp_path):
        found = _digest(self.call(tmp_path, image="r/shop:1"), Answering({}, {"r/shop:1": INDEX}))
        assert (found["digest"], found["platforms"]) == (DIGEST, ["linux/amd64", "linux/arm64"])

    def test_or_the_host_where_it_is_there_by_its_digest(self, tmp_path):
        there = {"Os": "linux", "Architecture": "arm64"}
        engine = Answering({f"r/shop%40{DIGEST.replace(':', '%3A')}": there}, {})
        found = _digest(self.call(tmp_path, image=f"r/shop@{DIGEST}"), engine)
        assert (found["digest"], found["platforms"]) == (DIGEST, ["linux/arm64"])

    def test_of_others_the_host_where_they_are_there_or_else_their_registry(self, tmp_path):
        here = {"redis%3A7": {"Os": "linux", "Architecture": "arm64"}}
        engine = Answering(here, {"nginx:1.22": ARM, "redis:7": INDEX})
        found = _images(self.call(tmp_path, images=["redis:7", "nginx:1.22", "nowhere:1"]), engine)
        assert found == {
            "redis:7": {"platforms": ["linux/arm64"], "here": True},
            "nginx:1.22": {"platforms": ["linux/arm64"], "here": False},
            "nowhere:1": {"platforms": [], "here": False},
        }

    def test_where_none_are_asked_for_none_are_looked_for(self, tmp_path):
        assert _images(self.call(tmp_path), Answering({}, {})) == {}


class TestPreflight:
    def problems(self, facts, **changes):
        environment, made = production(**changes), release(**changes)
        found = checks(environment, facts, made.manifest, NOW)
        return {check.name: check.problem for check in found if check.problem}

    def facts(self, *found, host="linux/amd64"):
        facts = empty()
        facts["digest"]["platforms"], facts["engine"]["platform"] = list(found), host
        facts["images"] = {"redis:7": {"platforms": [host], "here": True}}
        return facts

    def test_an_image_for_another_processor(self):
        (problem,) = self.problems(self.facts("linux/arm64")).values()
        assert problem == (
            f"ghcr.io/example/kkambbaki@{DIGEST} is for linux/arm64, and the host is linux/amd64; `kkinfra build live "
            "--push` builds it for the host"
        )

    def test_where_nothing_is_built_here_another_is_to_be_pushed(self):
        (problem,) = self.problems(self.facts("linux/arm64"), build=None).values()
        assert problem.endswith("and the host is linux/amd64; push one that is")

    def test_where_the_spec_is_wrong_about_the_host_that_is_told_first(self):
        (problem,) = self.problems(self.facts("linux/amd64", host="linux/arm64")).values()
        assert "platform.host.instance_type says linux/amd64: correct it, and `kkinfra build live --push`" in problem
        written = {"platform": {"architecture": "amd64"}}
        (problem,) = self.problems(self.facts("linux/amd64", host="linux/arm64"), **written).values()
        assert "platform.architecture says linux/amd64: correct it" in problem

    def test_an_image_for_several_or_whose_platforms_nobody_tells(self):
        assert self.problems(self.facts("linux/arm64", "linux/amd64")) == {}
        assert self.problems(self.facts()) == {}

    def test_an_image_of_others_that_is_on_the_host_or_would_be_pulled(self):
        facts = self.facts("linux/amd64")
        facts["images"] = {
            "redis:7": {"platforms": ["linux/arm64"], "here": True},
            "nginx:1.22": {"platforms": ["linux/arm64", "linux/s390x"], "here": False},
        }
        assert self.problems(facts) == {
            "image redis:7": (
                "the host is linux/amd64, and cannot run it; remove it there (`docker image rm redis:7`), so that the "
                "right one is pulled, or load that"
            ),
            "image nginx:1.22": (
                "the host is linux/amd64, and cannot run it; choose one that its registry has for linux/amd64"
            ),
        }


class TestDeploying:
    """What preflight did not see, as of a registry that was not asked."""

    @pytest.fixture
    def host(self, tmp_path, monkeypatch):
        return RecordedHost(tmp_path, monkeypatch)

    def deploy(self, host, made):
        staged(host.layout, manifest(made), sent(made))
        host.did.clear()
        request = {"what": "deploy", "release": manifest(made).id, "who": "me@laptop", "timeout": 0}
        run = runs.create(host.layout, f"20261125T00000{ord(made) % 10}Z-{made}", request)
        code = runs.perform(run)
        return code, read(run.journal)[-1]

    @pytest.mark.parametrize("image", [f"{IMAGE}@sha256:{'b' * 64}", "redis:7.4", "certbot/certbot:v5.8.0"])
    def test_an_image_for_another_host_is_refused_and_the_previous_release_serves_on(self, host, image):
        assert self.deploy(host, "a")[0] == 0
        before, host.foreign = host.running(), {image: "arm64"}
        code, end = self.deploy(host, "b")
        assert code == 1
        assert f"this host is linux/amd64, and cannot run:\n  {image}: linux/arm64\nnothing was stopped" in end["error"]
        assert "`kkinfra build production --push` builds the product's own for it" in end["error"]
        touched = [each for each in host.did if each.startswith(("stop", "start", "remove", "HUP")) or " of b" in each]
        assert touched == []
        assert (host.running(), host.dark, host.layout.current.resolve().name[-1]) == (before, [], "a")

    def test_going_back_asks_for_nothing_new(self, host):
        for made in "ab":
            self.deploy(host, made)
        request = {"what": "rollback", "release": manifest("a").id, "who": "me@laptop", "timeout": 0}
        assert runs.perform(runs.create(host.layout, "20261125T000009Z-a", request)) == 0
