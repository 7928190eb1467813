"""Following Argo CD until it has brought a commit to where it serves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError, DeployError
from kkinfra.targets.gitops.argocd.application import ApplicationState, state, troubles

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON

GROUP, VERSION, KIND = "argoproj.io", "v1alpha1", "Application"
_REFRESH = "argocd.argoproj.io/refresh"
_MERGE = "application/merge-patch+json"
_FIRST_SECONDS, _POLL_SECONDS = 0.1, 2.0
_FORBIDDEN = 403
_REMEDY = "correct the cause, and deploy again; `kkinfra rollback ENV` goes back"
_GIVEN_UP = (
    "Argo CD tries this commit no more: correct the cause and deploy again, or go back with `kkinfra rollback ENV`; "
    "where nothing is to be corrected in Git, `argocd app sync {name}` tries once more"
)


def application_in(api: Api, namespace: str, name: str) -> JSON:
    """An Application of Argo CD's namespace; raises ClusterError where it is not there."""
    found = api.get(api.kind(GROUP, VERSION, KIND), namespace, name)
    if found is None:
        raise ClusterError(
            f"Argo CD has no Application {name} in the namespace {namespace}, and delivers nothing; "
            "apply what is in argocd/ of the rendered tree once: `kkinfra render ENV` and `kubectl apply "
            "--server-side -k build/ENV/argocd`; or `kkinfra deploy ENV --bootstrap`", 404, "NotFound",
        )  # fmt: skip
    return found


@dataclass(slots=True)
class FollowedApplication:
    """An Application that is followed; `includes` says whether a revision has the commit in it.

    `seconds` is how long it may stand still: each thing that it has not said before begins them anew. `grace` is how
    long it may be in trouble, in seconds; `tell` hears how far it is.
    """

    api: Api
    namespace: str
    name: str
    includes: Callable[[str], bool]
    seconds: float
    tell: Callable[[str], None]
    explain: Callable[[], list[str]] = field(default=list[str])
    grace: float = 30.0

    def refresh(self) -> None:
        """Ask Argo CD to look at Git now, and not within the next 3 minutes; without the right to, it is waited for.

        https://argo-cd.readthedocs.io/en/stable/user-guide/annotations-and-labels/#refresh
        """
        path = self.api.kind(GROUP, VERSION, KIND).path(self.namespace, self.name)
        wanted = {"metadata": {"annotations": {_REFRESH: "normal"}}}
        try:
            self.api.ask("PATCH", path, {"fieldManager": "kkinfra"}, wanted, _MERGE)
        except ClusterError as error:
            if error.status != _FORBIDDEN:
                raise
            self.tell(f"Argo CD looks at Git within 3 minutes by itself; it may not be asked to earlier: {error}")

    def until_healthy(self) -> JSON:
        """Return when it is synced and healthy; raises DeployError that says what is not, and why, and ClusterError."""
        application_in(self.api, self.namespace, self.name)
        self.refresh()
        watch, pause = _Watch(self.seconds, self.grace), _FIRST_SECONDS
        while True:
            application = application_in(self.api, self.namespace, self.name)
            found = state(application, self.includes)
            if found.kind == "done":
                return application
            over = watch.judge(found)
            if over:
                remedy = _GIVEN_UP.format(name=self.name) if found.kind == "failed" else _REMEDY
                raise DeployError("\n".join((f"{self.name} {over}", *self._why(application), remedy)))
            if watch.is_new:
                self.tell(f"{self.name}: {found.text}")
            time.sleep(pause)
            pause = min(pause * 1.5, _POLL_SECONDS)

    def _why(self, application: JSON) -> list[str]:
        told = [*troubles(application), *self.explain()]
        return [f"  {line}" for each in dict.fromkeys(told) for line in each.splitlines()]


@dataclass(slots=True)
class _Watch:
    """What was seen until now, and whether it has been enough; `is_new` where it was not the last thing seen."""

    seconds: float
    grace: float
    moved: float = field(default_factory=time.monotonic)
    troubled: float | None = None
    last: str = ""
    is_new: bool = False
    seen: set[str] = field(default_factory=set[str])

    def judge(self, found: ApplicationState) -> str:
        """Why it is over, or nothing."""
        now = time.monotonic()
        if found.text not in self.seen:
            self.seen.add(found.text)
            self.moved = now
        self.is_new, self.last = found.text != self.last, found.text
        self.troubled = (self.troubled or now) if found.kind == "troubled" else None
        if found.kind == "failed":
            return f"failed: {found.text}"
        if self.troubled is not None and now - self.troubled >= self.grace:
            return f"is in trouble: {found.text}"
        return f"is not there after {self.seconds:.0f} s: {found.text}" if now - self.moved >= self.seconds else ""
