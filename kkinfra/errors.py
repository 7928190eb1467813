"""What can go wrong, as types that carry the facts and leave printing to the command line.

KkinfraError                  anything a caller may want to catch
├── WrongCallError            the command is called in a way that it does not know; carries how it is called
├── SpecError                 the specification is wrong; carries every Issue found in one pass
├── UnknownEnvironmentError   an environment that the specification does not name
├── RendererError             a renderer broke its contract, or cannot be loaded
├── ProofError                a proof broke its contract, or cannot be loaded
├── UnprovenError             proofs found errors that nobody accepted; nothing was connected to
├── OutputError               the rendered tree cannot be read or written
├── QuestionError             `explain` was asked about something that is not there
├── ProcessError              a program cannot be started, or does not end
├── RevisionError             Git does not tell which revision this is, or it is none to build from
├── EngineError               the container engine does not answer, or refuses
├── BuildError                the image cannot be built or pushed
├── SecretError               secrets are missing or unusable at whoever deploys; carries every one of them
├── DeployError               a deploy cannot be planned, or was not applied
├── HostError                 the host refuses, or something went wrong there; carries what kind it is
├── ConnectionFailedError     the host is not reached, or the connection ended before the answer did
├── AwsError                  AWS is not reached, or refuses; carries its code
├── ClusterError              the cluster is not reached, or refuses; carries status and reason
│   └── ApplyConflictError    other field managers own what was to be set; carries fields and owners
└── InterruptedRunError       Ctrl-C, in the middle of a run on a host
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Location(NamedTuple):
    """A place in a file: line and column count from 1; 0 where the file has no such place."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`FILE:LINE:COLUMN`, as editors and terminals recognise it."""
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


_CHOICES = " is not one of: "


class Issue(NamedTuple):
    """One thing that is wrong: where it is, which field, what is wrong and what to write."""

    location: Location
    field: str
    problem: str

    def __str__(self) -> str:
        """`FILE:LINE:COLUMN path.to.field: what is wrong; what to write`."""
        return f"{self.location} {self.field}: {self.problem}" if self.field else f"{self.location}: {self.problem}"

    @property
    def message(self) -> str:
        """What is wrong: the problem without its remedy."""
        return self._parted()[0]

    @property
    def remedy(self) -> str:
        """What to write; empty where the problem says it by itself."""
        return self._parted()[1]

    def _parted(self) -> tuple[str, str]:
        """The two parts of the problem, which a semicolon parts; not one in a value that it repeats at its start."""
        import re

        quoted = re.match(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", self.problem)
        start = quoted.end() if quoted else 0
        value, choices, known = self.problem.partition(_CHOICES)
        if choices:
            return f"{value} is not one of the choices", f"write one of: {known}"
        at = self.problem.find("; ", start)
        return (self.problem[:at], self.problem[at + 2 :]) if at >= 0 else (self.problem, "")


class KkinfraError(Exception):
    """The root of the tree; its text is for people and never holds a secret."""


class WrongCallError(KkinfraError):
    """The command is called with a verb, a flag or a value that it does not know; `usage` says how it is called."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class SpecError(KkinfraError):
    """The specification is wrong.

    `issues` holds all of what was found, ordered by place. `source` is the text of the file,
    from which a terminal shows the line; it is empty where the file could not be read as text.
    """

    def __init__(self, issues: Sequence[Issue], source: str = "") -> None:
        super().__init__("\n".join(str(issue) for issue in issues))
        self.issues = tuple(issues)
        self.source = source

    @property
    def is_of_a_whole_file(self) -> bool:
        """Whether all that is wrong is a file itself: it is not there, or cannot be read."""
        return len(self.issues) == 1 and not self.issues[0].location.line and not self.issues[0].field


class UnknownEnvironmentError(KkinfraError):
    """An environment that the specification does not name; `known` are those that it does, `hint` the one meant."""

    def __init__(self, name: str, known: Sequence[str], spec: str, hint: str = "") -> None:
        super().__init__(f"{spec} names no environment {name!r}{hint}; it names: {', '.join(known) or 'none'}")
        self.name = name
        self.known = tuple(known)
        self.spec = spec


class RendererError(KkinfraError):
    """A renderer broke its contract (two artifacts for one path, say), or cannot be loaded."""


class ProofError(KkinfraError):
    """A proof broke its contract (it raised an error, say), or cannot be loaded."""


class UnprovenError(KkinfraError):
    """Proofs found errors of an environment that nobody accepted; the text holds each with its place and figures."""


class OutputError(KkinfraError):
    """The tree of rendered files cannot be read or written."""


class QuestionError(KkinfraError):
    """`explain` was asked about a field or a line that is not there."""


class ProcessError(KkinfraError):
    """A program cannot be started, or did not end in the time it was given."""


class RevisionError(KkinfraError):
    """Git does not tell which revision a directory is at, or its tree is one that is not built from."""


class EngineError(KkinfraError):
    """The container engine does not answer, or refuses what it was asked."""


class BuildError(KkinfraError):
    """The image cannot be built, or a registry does not take it."""


class SecretError(KkinfraError):
    """Secrets of an environment are missing or unusable at whoever deploys.

    `missing` holds all of them: name and problem, which says what to do and never what the secret is.
    """

    def __init__(self, environment: str, missing: Sequence[tuple[str, str]]) -> None:
        super().__init__(environment, missing)
        self.environment = environment
        self.missing = tuple(missing)

    def __str__(self) -> str:
        """How many there are, then each on a line of its own."""
        count = len(self.missing)
        told = (f"  {name}: {problem}" for name, problem in self.missing)
        counted = f"{count} secret{'s' if count > 1 else ''} of {self.environment}"
        return "\n".join((f"{counted} cannot be used; nothing was changed", *told))


class DeployError(KkinfraError):
    """A deploy cannot be planned, or its plan does not hold any more; nothing was changed."""


class HostError(KkinfraError):
    """Something that the host says of itself.

    `kind` is for programs: `failed`, `locked`, `changed`, `cancelled` or `internal`; `where` is the trace of the
    last, for a report.
    """

    def __init__(self, message: str, kind: str = "failed", where: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.where = tuple(where)


class ConnectionFailedError(KkinfraError):
    """The host is not reached over SSH, or the connection ended; the text says why and what helps."""


class InterruptedRunError(KkinfraError):
    """Whoever deploys pressed Ctrl-C in the middle of a run; the text says what the host did then."""


class AwsError(KkinfraError):
    """AWS is not reached, or refuses; `code` is AWS's own word (`AccessDenied`), empty where it did not answer."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class ClusterError(KkinfraError):
    """A Kubernetes cluster is not reached, or refuses.

    `status` is the HTTP status, 0 where none came; `reason` is the API server's own word (`Forbidden`, `Invalid`).
    """

    def __init__(self, message: str, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class ApplyConflictError(ClusterError):
    """Other field managers own fields that server-side apply was to set.

    `conflicts` are pairs of field and owner, for the object that `name` names.
    """

    def __init__(self, name: str, conflicts: Sequence[tuple[str, str]]) -> None:
        told = "".join(f"\n  {field}: owned by {owner}" for field, owner in conflicts)
        super().__init__(f"{name} has fields that others own:{told}", 409, "Conflict")
        self.name = name
        self.conflicts = tuple(conflicts)
