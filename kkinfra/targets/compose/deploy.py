"""The verb `deploy` on a host: plan, show, ask, apply, look from outside."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.console.agreement import require_agreement
from kkinfra.console.events import Output
from kkinfra.console.output import emit_or_say, say
from kkinfra.console.progress import progress_for
from kkinfra.errors import HostError
from kkinfra.rendering.pipeline import with_image
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.sources import read_secrets
from kkinfra.system.deployer import from_revision, new_run, who
from kkinfra.system.project import project_directory
from kkinfra.targets.compose.client import outside
from kkinfra.targets.compose.client.following import Asked, HeardRun, follow
from kkinfra.targets.compose.client.host import connect_host
from kkinfra.targets.compose.plan.preparing import PreparedRelease, login, prepare, sent_files
from kkinfra.targets.compose.plan.saved import load_plan, refuse_other_plan, save_plan
from kkinfra.targets.compose.plan.text import check_lines, plan_lines

if TYPE_CHECKING:
    import argparse

    from kkinfra.console.progress import Progress
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.client.host import Host
    from kkinfra.values.secret import SecretText

_LOCK_POLL_SECONDS = 2


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Deploy an environment; returns the exit code."""
    if options.image:
        environment = with_image(environment, options.image, "--image")
    values = read_secrets(environment, project_directory(options.spec))
    saved = load_plan(options.plan, options.environment) if options.plan else None
    if saved is not None:
        environment = with_image(environment, str(saved.get("image")), "--plan")
    with connect_host(environment) as host, progress_for(options) as progress:
        try:
            return _Deploy(options, environment, values, host, progress).run(saved)
        except HostError as error:
            raise HostError(Mask(values.values())(str(error)), error.kind, error.where) from error


@dataclass(frozen=True, slots=True)
class _Deploy:
    options: argparse.Namespace
    environment: Environment
    values: dict[str, SecretText]
    host: Host
    progress: Progress

    def run(self, saved: dict[str, Any] | None) -> int:
        self.await_lock()
        self.progress.begin(f"looking at the host of {self.environment.domain}")
        prepared = prepare(self.environment, self.values, self.host, insist=self.options.retry_certificate)
        self.progress.pause()
        if saved is not None:
            refuse_other_plan(saved, prepared.plan)
        self.show(prepared)
        prepared.refuse()
        if self.options.save_plan:
            save_plan(prepared.plan, self.options.save_plan)
        if self.options.dry_run or prepared.plan.is_empty:
            self.tell_nothing_done(prepared)
            return 0
        require_agreement(self.options, f"deploy {self.environment.name}?")
        self.apply(prepared)
        return 0

    def await_lock(self) -> None:
        """With --lock-wait, wait for who holds the lock before the plan is made: it would not hold afterwards."""
        seconds = self.options.lock_wait
        until = time.monotonic() + seconds
        while seconds and (status := self.host.call("lock", {}))["held"]:
            holder = status["holder"]
            if time.monotonic() > until:
                raise HostError(f"{holder.get('who')} still holds the lock after {seconds} s", "locked")
            self.progress.begin(f"waiting for {holder.get('who')}, who is at {holder.get('phase', 'it')}")
            time.sleep(_LOCK_POLL_SECONDS)

    def apply(self, prepared: PreparedRelease) -> None:
        """Send the release, follow the run, and compare what is seen from outside before and after."""
        environment = prepared.environment
        before = outside.look(environment, encrypted=prepared.stage == "tls") if prepared.plan.before else None
        mask = Mask(self.values.values())
        heard = HeardRun(self.progress.begin, lambda text: self.progress(Output(mask(text))))
        end = follow(self.host, self.asked(prepared), heard)
        self.progress.pause()
        seen = outside.look(environment, encrypted=end["stage"] == "tls")
        if before is not None and before.good and seen is not None and not seen.good:
            self.take_back(seen, heard)
        self.tell(end, heard, seen)

    def asked(self, prepared: PreparedRelease) -> Asked:
        """The run that brings the release up; both have one name, which no other deploy of that second has."""
        run = new_run()
        release = prepared.release.named(run, from_revision(self.options.spec), run.partition("-")[0])
        request = {
            **who(), "what": "deploy", "timeout": self.options.timeout, "wait": self.options.lock_wait,
            "allowed": self.options.allow_unsafe_migrations, "staging": self.options.staging_first,
            "insist": self.options.retry_certificate, "image": release.manifest.image,
            "revision": release.manifest.revision, "expected": prepared.plan.fingerprint,
        }  # fmt: skip
        files = {**sent_files(release, self.values), **login(self.environment, self.values)}
        return Asked("deploy", {"manifest": release.manifest.as_json(), "request": request}, files, run)

    def take_back(self, seen: outside.Seen, heard: HeardRun) -> None:
        """What was seen from outside before, and is not any more, is taken back."""
        heard.begin("going back, since it is not seen from outside any more")
        request = {**who(), "what": "rollback", "timeout": self.options.timeout}
        taking_back = HeardRun(heard.begin, heard.note)  # another run, whose lines are counted from its first
        follow(self.host, Asked("rollback", {"release": None, "request": request}), taking_back)
        what = f"{seen.url} answered before, and from outside it does not now ({seen.said})"
        raise HostError(f"{what}; the release of before serves")

    def show(self, prepared: PreparedRelease) -> None:
        """The plan, and with -v every check."""
        say(self.options, *plan_lines(prepared.plan, sys.stdout, everything=self.options.verbose))
        if self.options.verbose:
            say(self.options, *check_lines(prepared.checks, everything=True))

    def tell_nothing_done(self, prepared: PreparedRelease) -> None:
        """What was looked at, and what that took."""
        facts = {"checks": [check._asdict() for check in prepared.checks], "round_trips": self.host.trips}
        document = {**prepared.plan.as_json(), **facts, "deployed": None}
        emit_or_say(self.options, document, f"  {self.trips()}, {self.host.seconds:.1f} s")

    def tell(self, end: dict[str, Any], heard: HeardRun, seen: outside.Seen | None) -> None:
        """How it ended."""
        emit_or_say(
            self.options,
            {**end, **heard.facts(self.host), "outside": seen.said if seen else None},
            f"{end['result']} {end['release']} in {end['seconds']:.1f} s; {self.trips()}",
            *([f"  from outside: {seen.url}: {seen.said}"] if seen else []),
            *heard.warning_lines(),
        )

    def trips(self) -> str:
        """The requests that were made, over the one connection."""
        return f"{self.host.trips} round trip{'s' if self.host.trips > 1 else ''}, one connection"
