"""The releases of an environment, kept in its namespace: what was applied, compressed, and what became of it."""

from __future__ import annotations

import base64
import gzip
import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import labels, part, reference
from kkinfra.targets.protocol.history import Run

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON, Reference

KEPT = 5
LABEL = "kkinfra/release"
DEPLOYED, ROLLED_BACK, FAILED, BEGUN = "deployed", "rolled back", "failed", "begun"
_KIND = BUILT_IN["", "v1", "ConfigMap"]
_MANIFESTS, _FACTS = "manifests.json.gz", "release.json"
_LARGEST = (
    1_000_000  # of the 1 MiB that a ConfigMap may have (https://kubernetes.io/docs/concepts/configuration/configmap/)
)


@dataclass(frozen=True, slots=True)
class KeptRelease:
    """A release: its number, what it is made of, and the facts for people. `at` and `seconds` are of the run."""

    number: int
    objects: tuple[JSON, ...]
    image: str = ""
    revision: str = ""
    who: str = ""
    ci: str = ""
    at: float = 0.0
    seconds: float = 0.0
    result: str = BEGUN
    why: str = ""
    of: int = 0

    def facts(self) -> JSON:
        """All but the manifests."""
        return {
            "release": self.number, "of": self.of, "image": self.image, "revision": self.revision, "who": self.who,
            "ci": self.ci, "at": round(self.at), "seconds": round(self.seconds, 1), "result": self.result,
            "why": self.why,
        }  # fmt: skip

    def as_run(self, *, serves: bool = False) -> Run:
        """As any history has it."""
        seconds = None if self.result == BEGUN else self.seconds
        return Run(
            str(self.number), "rollback" if self.of else "deploy", self.result, self.at, seconds, self.image,
            self.revision, self.who, self.ci, self.why, str(self.of or ""), serves=serves, kept=self.served,
        )  # fmt: skip

    @property
    def served(self) -> bool:
        """Whether it became healthy."""
        return self.result in (DEPLOYED, ROLLED_BACK)

    def numbered(self, number: int, objects: tuple[JSON, ...]) -> KeptRelease:
        """The same, under a number, with what it is made of."""
        return replace(self, number=number, objects=objects)

    def ended(self, result: str, seconds: float, why: str = "") -> KeptRelease:
        """The same, with its end."""
        return replace(self, result=result, seconds=seconds, why=why)


def releases(api: Api, namespace: str) -> list[KeptRelease]:
    """All that are kept, oldest first; raises ClusterError where one cannot be read."""
    found = [_read(each) for each in api.list(_KIND, namespace, LABEL)]
    return sorted(found, key=lambda release: release.number)


def write(api: Api, namespace: str, project: str, release: KeptRelease) -> None:
    """Keep a release, or its new state; raises ClusterError where it is larger than the cluster takes."""
    api.apply(as_object(namespace, project, release))


def prune(api: Api, namespace: str, there: Sequence[KeptRelease]) -> None:
    """Remove all but the newest few that served, and the last."""
    for release in outdated(there, KEPT):
        api.delete(_KIND, namespace, _name(release.number))


def outdated(there: Sequence[KeptRelease], kept: int) -> list[KeptRelease]:
    """Those that may go: older than the newest `kept` that served, or failed and not the last."""
    served = [each.number for each in there if each.served][-kept:]
    last = there[-1].number if there else 0
    return [each for each in there if each.number not in served and each.number != last]


def last_served_among(objects: Iterable[JSON]) -> KeptRelease | None:
    """The newest one among live objects that became healthy; what others were made of is not read.

    Raises ClusterError where one cannot be read.
    """
    kept = (each for each in objects if each["kind"] == _KIND.kind and LABEL in labels(each))
    found = sorted(((_facts(each), each) for each in kept), key=lambda each: each[0].number)
    return next((_read(each) for release, each in reversed(found) if release.served), None)


def finished_jobs(served: KeptRelease | None) -> frozenset[Reference]:
    """Jobs of the release that serves which the cluster removes some time after they are done."""
    jobs = [each for each in served.objects if each["kind"] == "Job"] if served else []
    return frozenset(reference(each) for each in jobs if "ttlSecondsAfterFinished" in part(each, "spec"))


def next_number(there: Sequence[KeptRelease]) -> int:
    """The number of the release that comes now."""
    return there[-1].number + 1 if there else 1


def last_served(there: Iterable[KeptRelease]) -> KeptRelease | None:
    """The newest release that became healthy."""
    return next((each for each in reversed(list(there)) if each.served), None)


def before(there: Iterable[KeptRelease], number: int) -> KeptRelease | None:
    """The newest release before one that served."""
    found = [each for each in there if each.served and each.number < number]
    return found[-1] if found else None


def as_object(namespace: str, project: str, release: KeptRelease) -> JSON:
    """The ConfigMap that holds a release; raises ClusterError where it would be too large."""
    packed = gzip.compress(json.dumps(release.objects, sort_keys=True).encode(), mtime=0)
    if len(packed) > _LARGEST:
        raise ClusterError(f"the release is {len(packed)} bytes, which is more than a ConfigMap holds; it was not kept")
    return {
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": _name(release.number), "namespace": namespace,
            "labels": {
                LABEL: str(release.number), "app.kubernetes.io/part-of": project,
                "app.kubernetes.io/managed-by": "kkinfra",
            },
        },
        "data": {_FACTS: json.dumps(release.facts(), ensure_ascii=False, sort_keys=True)},
        "binaryData": {_MANIFESTS: base64.b64encode(packed).decode()},
    }  # fmt: skip


def _read(found: JSON) -> KeptRelease:
    release = _facts(found)
    with _told_as_strange(found):
        packed = base64.b64decode(part(found, "binaryData")[_MANIFESTS])
        return release.numbered(release.number, tuple(json.loads(gzip.decompress(packed))))


def _facts(found: JSON) -> KeptRelease:
    with _told_as_strange(found):
        facts = json.loads(part(found, "data")[_FACTS])
        known = {key: facts[key] for key in ("image", "revision", "who", "ci", "at", "seconds", "result", "why", "of")}
        return KeptRelease(int(labels(found)[LABEL]), (), **known)


@contextmanager
def _told_as_strange(found: JSON) -> Generator[None]:
    try:
        yield
    except (KeyError, ValueError, OSError, EOFError) as error:
        name = part(found, "metadata").get("name")
        raise ClusterError(
            f"configmap/{name} is no release that kkinfra wrote ({error}); move it away, then try again"
        ) from error


def _name(number: int) -> str:
    return f"kkinfra-release-{number:05}"
