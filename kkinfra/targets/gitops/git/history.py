"""What was committed to the path of an environment, and which commit is gone back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.targets.gitops.git.git import answer
from kkinfra.targets.gitops.git.message import ACTION, IMAGE, REVISION, TO, WHO
from kkinfra.targets.protocol.history import Run
from kkinfra.values.moment import minute

if TYPE_CHECKING:
    from kkinfra.targets.gitops.git.repository import Checkout

_FIELD, _END = "\x1f", "\x1e"
_SHORT = 12
_KNOWN = 10
_RESULTS = {"deploy": "deployed", "rollback": "rolled back", "resume": "resumed"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit: `at` is Unix time; `action` is empty where somebody else made it, as Image Updater does."""

    commit: str
    at: int
    author: str
    subject: str
    action: str = ""
    image: str = ""
    who: str = ""
    revision: str = ""
    to: str = ""

    def __str__(self) -> str:
        """On a line."""
        when = minute(self.at)
        return f"{self.commit[:_SHORT]} {when} {self.subject}  {self.who or self.author} {self.revision}".rstrip()

    def as_run(self, *, serves: bool) -> Run:
        """As any history has it; what somebody else did is told by the subject of the commit."""
        result = _RESULTS.get(self.action, "committed")
        return Run(
            self.commit, self.action or self.subject, result, self.at, None, self.image, self.revision,
            self.who or self.author, of=self.to, serves=serves,
        )  # fmt: skip


def entries(checkout: Checkout) -> list[Entry]:
    """The commits that changed the path, newest first; raises DeployError."""
    trailers = (f"%(trailers:key={name},valueonly,separator=%x2c)" for name in (ACTION, IMAGE, WHO, REVISION, TO))
    form = "%x1f".join(("%H", "%ct", "%an", "%s", *trailers)) + "%x1e"
    return parsed(answer(
        checkout.top, "-c", "log.showSignature=false", "log", f"--format={form}", "--", str(checkout.delivery.path)
    ))  # fmt: skip


def parsed(log: str) -> list[Entry]:
    """What Git printed, one record a commit."""
    records = [record.strip("\n").split(_FIELD) for record in log.split(_END) if record.strip()]
    return [Entry(commit, int(at), *rest) for commit, at, *rest in records]


def named(there: list[Entry], commit: str) -> Entry:
    """The commit that somebody names by its first letters; raises DeployError where that is none, or several."""
    found = [each for each in there if each.commit.startswith(commit.lower())]
    if len(found) == 1:
        return found[0]
    what = "is no commit that changed the environment" if not found else f"are {len(found)} commits; write more of it"
    known = "\n".join(f"  {each}" for each in there[:_KNOWN])
    raise DeployError(f"{commit} {what}; the newest are:\n{known}")


def before(there: list[Entry]) -> Entry:
    """What served before what serves now; raises DeployError where nothing did.

    A commit of a rollback, or one that resumes after it, stands for the one that was gone back to.
    """
    serving = _meant(there, 0)
    found = None if serving is None or serving + 1 >= len(there) else _meant(there, serving + 1)
    if found is None:
        raise DeployError("there is no earlier commit to go back to")
    return there[found]


def _meant(there: list[Entry], at: int) -> int | None:
    while at < len(there):
        if there[at].action == "rollback":
            older = [index for index in range(at + 1, len(there)) if there[index].commit == there[at].to]
            if not older:
                return None
            at = older[0]
        elif there[at].action == "resume":
            at += 1
        else:
            return at
    return None
