"""A run: one change of the host, done by a process of its own that outlives the connection that asked for it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kkinfra.host import files, images, journal, lock, nginx, process, releases, rollout
from kkinfra.host.certificate import Certificates
from kkinfra.host.command.leftovers import remove_leftovers
from kkinfra.host.command.told import WHAT
from kkinfra.host.compose import ONCE
from kkinfra.host.engine import HostEngine
from kkinfra.host.errors import CancelledError, HostError
from kkinfra.host.fingerprint import fingerprint
from kkinfra.host.follow import is_alive
from kkinfra.host.journal import Journal
from kkinfra.host.masking import masking
from kkinfra.host.services import Services, in_release

if TYPE_CHECKING:
    from pathlib import Path

    from kkinfra.host.layout import Layout
    from kkinfra.host.manifest import Manifest

REQUEST = "request.json"
_KEPT_RUNS = 20
_PATIENCE_SECONDS = 180  # with a release that served already, whatever was asked for the new one
_FORBIDDEN = ".forbidden"
_RESULTS = {"deploy": "deployed", "rollback": "rolled back"}


@dataclass(frozen=True)
class Run:
    """A run by its name, which begins with the time it was asked for at."""

    layout: Layout
    name: str
    request: dict[str, Any]

    @property
    def directory(self) -> Path:
        """What was asked for, and the journal."""
        return self.layout.runs / self.name

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.directory / journal.FILE

    def holder(self) -> dict[str, Any]:
        """What the lock says of it."""
        told = {key: self.request[key] for key in ("who", "what", "ci") if self.request.get(key)}
        return {**told, "run": self.name, "release": self.request["release"]}


def create(layout: Layout, name: str, request: dict[str, Any], login: bytes = b"") -> Run:
    """Write down what is asked for; a registry's login only in memory."""
    run = Run(layout, name, request)
    try:
        run.directory.mkdir(parents=True, mode=0o700)
        files.write_json(run.directory / REQUEST, request, 0o600)
    except OSError as error:
        shutil.rmtree(run.directory, ignore_errors=True)
        raise HostError(f"{error}; {files.remedy(error)}") from error
    if login:
        layout.private.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write(layout.private / name, login, 0o600)
    return run


def is_there(layout: Layout, name: str) -> bool:
    """Whether a run was asked for, and not only in part."""
    return (layout.runs / name / REQUEST).exists()


def load(layout: Layout, name: str) -> Run:
    """A run that was asked for; raises HostError."""
    request = files.read_json(layout.runs / name / REQUEST)
    if request is None:
        raise HostError(f"there is no run {name} on the host")
    return Run(layout, name, request)


def forbid(layout: Layout, name: str) -> None:
    """Whoever asked for a run does not want it any more: if it was not begun, it will not be."""
    layout.runs.mkdir(parents=True, exist_ok=True)
    (layout.runs / f".{name}{_FORBIDDEN}").touch()


def perform(run: Run) -> int:
    """Do what was asked for, or undo it; the journal and the history tell which. Returns an exit code.

    SIGINT asks it to stop, and go back where it can. Any other end, as at a shutdown, is put right by the next run.
    """
    signal.signal(signal.SIGINT, _cancel)
    worker = _Worker(run)
    try:
        with lock.held(run.layout, run.holder(), wait=float(run.request.get("wait", 0))):
            return worker.end(worker.attempt())
    except (HostError, CancelledError) as error:
        return worker.end(error)


def _cancel(_number: int, _frame: object) -> None:
    raise CancelledError("somebody asked it to stop, with Ctrl-C or `kkinfra lock release`")


def _said(error: BaseException) -> str:
    if isinstance(error, (HostError, CancelledError)):
        return str(error)
    if isinstance(error, OSError):
        return f"{error}; {files.remedy(error)}"
    return repr(error)


class _Worker:
    def __init__(self, run: Run) -> None:
        self.run, self.layout, self.engine = run, run.layout, HostEngine()
        self.began = time.time()
        self.journal = Journal(run.journal, heard=lambda phase: lock.tell_phase(run.layout, phase))
        self.services = Services(self.layout, self.engine, self.journal.note, float(run.request.get("timeout", 120)))
        self.new: Manifest | None = None
        self.before: Manifest | None = None
        self.result = "failed"
        self.touched = False
        self.journal.write("begun", pid=os.getpid(), started=process.started(os.getpid()))

    def attempt(self) -> BaseException | None:
        """Do what was asked for; returns what stopped it."""
        try:
            self._work()
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the journal must say it, or nobody would know
            return error
        return None

    def _work(self) -> None:
        if (self.layout.runs / f".{self.run.name}{_FORBIDDEN}").exists():
            raise CancelledError("whoever deploys did not want it any more")
        self.journal.reserve()
        self.journal.masked = masking(releases.secret_values(self.layout))
        self.new = new = releases.load(self.layout, self.run.request["release"])
        self.before = releases.current(self.layout)
        expected = self.run.request.get("expected")
        if expected and fingerprint(self.layout, self.engine) != expected:
            raise HostError("the host has changed since the plan was made; nothing was changed; plan again", "changed")
        for name in remove_leftovers(self.layout, self.engine):
            self.journal.note(f"what command {name} left was removed")
        recover(self.layout, self.engine, self.journal, self.services)
        self.before = releases.current(self.layout)
        self.journal.write("start", release=new.id, before=self.before.id if self.before else "")
        if damaged := releases.damaged(self.layout, new):
            raise HostError(f"files of release {new.id} were changed on the host: {', '.join(damaged)}; deploy anew")
        self._roll_out(new)

    def _roll_out(self, new: Manifest) -> None:
        what = self.run.request["what"]
        login = self._login()
        made = rollout.HostRollout(
            self.layout, self.engine, self.services, self.journal, new, self.before, login,
            bool(self.run.request.get("allowed")),
        )  # fmt: skip
        lost = self.before if self.before and self._certificates(self.before).is_lost() else None
        if lost is not None:
            self._certify(lost)
        if what == "rollback":
            made.require_images()
        self.touched = True
        if what == "rollback":
            made.go_back()
        else:
            made.deploy()
        made.commit()
        self.result = _RESULTS[what]
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        made.finish()
        if lost is None:
            self._certify(new)
        made.clean_up([*changes(self.layout), {"release": new.id, "result": self.result}])
        self._prune_runs()

    def _certificates(self, release: Manifest) -> Certificates:
        return Certificates(self.layout, self.engine, self.services, self.journal, release)

    def _certify(self, release: Manifest) -> None:
        found, options = self._certificates(release), self.run.request
        if found.is_due() and found.obtain(rehearse=bool(options.get("staging")), insist=bool(options.get("insist"))):
            self.journal.note(found.serve())

    def end(self, error: BaseException | None) -> int:
        """Undo what is half done, and say how it ended."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _forget_logins(self.layout, self.run.name)
        self.journal.give_back()
        why = "" if error is None else _said(error)
        if error is not None and self.result == "failed":
            why = self._undone(why)
        elif error is not None:
            why = f"the release serves, but not all was finished: {why}"
        line = {
            **_about(self.run, self.new), "at": round(self.began), "seconds": round(time.time() - self.began, 1),
            "before": self.before.id if self.before else "", "result": self.result, "why": why,
        }  # fmt: skip
        kind = getattr(error, "kind", "cancelled" if isinstance(error, CancelledError) else "failed")
        if kind != "locked":
            append_history(self.layout, line, self.journal)
        stage = self._stage() if error is None else ""
        self.journal.write("end", ok=error is None, error=why, error_kind=kind if error else "", stage=stage, **line)
        return 0 if error is None else 1

    def _stage(self) -> str:
        current = releases.current(self.layout)
        return nginx.Configuration(self.layout, self.engine).due(current) if current else ""

    def _undone(self, why: str) -> str:
        if not self.touched:
            self._discard()
            return why
        try:
            undo(self.layout, self.engine, self.journal, self.services, self.before, left=self.new)
        except Exception as error:  # noqa: BLE001 - both must be told
            self.result = "broken"
            return f"{why}\nand going back failed as well: {error}"
        self._discard()
        kept = (
            f"release {self.before.id} serves on" if self.before else "there was no release before, so nothing serves"
        )
        return f"{why}\n{kept}"

    def _discard(self) -> None:
        """A release that never served is of no use; one that did stays."""
        name = self.run.request["release"]
        if name not in {line["release"] for line in changes(self.layout) if line["result"] != "failed"}:
            with contextlib.suppress(HostError):
                if not any(name in in_release(self.layout, each) for each in self.services.all()):
                    releases.discard(self.layout, name)

    def _login(self) -> bytes:
        try:
            return (self.layout.private / self.run.name).read_bytes()
        except OSError:
            return b""

    def _prune_runs(self) -> None:
        for path in sorted(self.layout.runs.glob("[0-9]*"))[:-_KEPT_RUNS]:
            shutil.rmtree(path, ignore_errors=True)
        for path in self.layout.runs.glob(f".*{_FORBIDDEN}"):
            path.unlink()


def recover(layout: Layout, engine: HostEngine, said: Journal, services: Services) -> bool:
    """Finish or undo a run that was cut off; whoever calls holds the lock. Returns whether there was one."""
    cut_off = journal.unfinished(layout, besides=said.path)
    if cut_off is None:
        return False
    lines = journal.read(cut_off / journal.FILE)
    name = journal.release_due(lines)
    said.note(
        f"run {cut_off.name} was cut off in step {journal.last_step(lines) or 'none'}; release {name or 'none'} is due"
    )
    before = releases.load(layout, name) if name else None
    run = load(layout, cut_off.name)
    _tidy(services, cut_off.name)
    undo(layout, engine, said, services, before, left=_asked_for(run))
    _close(run, lines, said)
    return True


def _forget_logins(layout: Layout, own: str) -> None:
    """Remove the registry's login of a run that ends, and of those that ended without a word; others may wait still."""
    for path in layout.private.glob("[0-9]*"):
        begun = (layout.runs / path.name / journal.FILE).exists()
        if path.name == own or (begun and not is_alive(Run(layout, path.name, {}))):
            path.unlink(missing_ok=True)


def _tidy(services: Services, name: str) -> None:
    """What a run that was cut off had for itself: containers that run once, and a registry's login."""
    for container in services.all():
        if container.is_one_off and container.name.endswith(ONCE):
            services.engine.remove(container)
    for path in (services.layout.private / name, services.layout.private / images.LOGIN):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _close(run: Run, lines: list[dict[str, Any]], said: Journal) -> None:
    """Write the end of a run that was cut off, and is put right now, into the history and its journal."""
    release, step = run.request["release"], journal.last_step(lines) or "none"
    served = any(line["kind"] == journal.COMMITTED and line["release"] == release for line in lines)
    due = journal.release_due(lines)
    then = "the next run finished it" if served else f"the next run put it right, and {due or 'nothing'} serves"
    line = {
        **_about(run, _asked_for(run)),
        "at": round(lines[0]["at"]), "seconds": round(lines[-1]["at"] - lines[0]["at"], 1),
        "before": next((str(each["before"]) for each in lines if each["kind"] == "start"), ""),
        "result": _RESULTS[run.request["what"]] if served else "failed", "why": f"cut off in step {step}; {then}",
    }  # fmt: skip
    append_history(run.layout, line, said)
    Journal(run.journal).write("end", ok=False, error=line["why"], error_kind="cut off", **line)


def _asked_for(run: Run) -> Manifest | None:
    """The release that a run was to let serve, where that is still there."""
    name = run.request["release"]
    return releases.load(run.layout, name) if name in releases.names(run.layout) else None


def _about(run: Run, new: Manifest | None) -> dict[str, Any]:
    """What the history tells of a run, however it ended."""
    told = {key: run.request.get(key, "") for key in ("what", "release", "who", "ci")}
    return {"run": run.name, **told, "image": new.image if new else "", "revision": new.revision if new else ""}


def undo(  # noqa: PLR0913, PLR0917 - what a rollout is made of
    layout: Layout, engine: HostEngine, said: Journal, services: Services, before: Manifest | None, why: str = "undo",
    left: Manifest | None = None,
) -> None:  # fmt: skip
    """Let a release serve, from whatever is there now, as another may have `left` it; without one, let nothing run."""
    with said.step(why, f"release {before.id} is to serve" if before else "nothing served before"):
        if before is None:
            for container in services.all():
                engine.remove(container)
            layout.current.unlink(missing_ok=True)
            return
    patient = replace(services, patience=max(services.patience, _PATIENCE_SECONDS))
    made = rollout.HostRollout(layout, engine, patient, said, before, left or before)
    made.restore()
    made.finish()


def history(layout: Layout) -> list[dict[str, Any]]:
    """All runs that ended, oldest first."""
    return journal.read(layout.history)


def changes(layout: Layout) -> list[dict[str, Any]]:
    """The runs that changed what serves, or were to: not the commands that were run beside it."""
    return [line for line in history(layout) if line.get("what") != WHAT]


def append_history(layout: Layout, line: dict[str, Any], said: Journal) -> None:
    """Write a run's end down, to stay."""
    journal.append(layout.history, json.dumps({**line, "why": said.masked(line["why"])}), 0o644)
