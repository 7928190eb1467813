"""Units of systemd: a timer for each cron, one that renews the certificate, and what happens at boot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.artifacts import Artifact
from kkinfra.spec.platforms import Certbot
from kkinfra.spec.stack import Cron
from kkinfra_compose.certbot import CERTBOT
from kkinfra_compose.place import compose_of, ssh_of
from kkinfra_compose.schedule import on_calendar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kkinfra.spec.environment import Environment

CURRENT = "current"
"""In the host's directory, the symbolic link to the release that serves."""

PROGRAM = "kkinfra"
"""In the host's directory, the program that the deployer leaves there."""

_RECOVER = "recover"
_RECOVER_SECONDS = 900
_RENEWAL = ("*-*-* 03:00:00 UTC", "*-*-* 15:00:00 UTC")  # twice a day, as Let's Encrypt asks
_RENEWAL_SECONDS = 600
_START_SECONDS = 60  # until a container runs, on top of its deadline

Lines = list[tuple[str, str]]


def units(environment: Environment) -> Iterable[Artifact]:
    """`systemd/NAMESPACE-PART.service` and `.timer`."""
    for name, cron in environment.parts(Cron):
        seconds = cron.deadline.seconds + _START_SECONDS
        yield _service(environment, name, seconds, _run(environment, name))
        yield _timer(environment, name, on_calendar(cron.schedule), [("AccuracySec", "1s")])
    if isinstance(environment.tls, Certbot):
        yield _service(environment, CERTBOT, _RENEWAL_SECONDS, f"{_directory(environment)}/{PROGRAM} renew")
        yield _timer(environment, CERTBOT, _RENEWAL, [("RandomizedDelaySec", "1h"), ("Persistent", "true")])
    if ssh_of(environment):
        command = f"{_directory(environment)}/{PROGRAM} recover"
        yield _service(environment, _RECOVER, _RECOVER_SECONDS, command, [("WantedBy", "multi-user.target")])


def _run(environment: Environment, name: str) -> str:
    file = f"{_directory(environment)}/{CURRENT}/compose.yaml"
    return f"/usr/bin/docker compose --file {file} run --rm --no-deps -T {name}"


def _directory(environment: Environment) -> str:
    return str(compose_of(environment).directory)


def _service(environment: Environment, name: str, seconds: int, command: str, install: Lines | None = None) -> Artifact:
    return _unit(environment, name, "service", {
        "Unit": [
            ("Description", f"{name} of {environment.namespace}"),
            ("Requires", "docker.service"),
            ("Wants", "network-online.target"),
            ("After", "docker.service network-online.target"),
        ],
        "Service": [("Type", "oneshot"), ("ExecStart", command), ("TimeoutStartSec", str(seconds))],
        **({"Install": install} if install else {}),
    })  # fmt: skip


def _timer(environment: Environment, name: str, events: Sequence[str], more: Lines) -> Artifact:
    """A service that still runs is not started again, so nothing runs twice at a time."""
    return _unit(environment, name, "timer", {
        "Unit": [("Description", f"When {name} of {environment.namespace} runs")],
        "Timer": [*(("OnCalendar", event) for event in events), *more],
        "Install": [("WantedBy", "timers.target")],
    })  # fmt: skip


def _unit(environment: Environment, name: str, kind: str, sections: dict[str, Lines]) -> Artifact:
    """Every value is made of names and paths, which hold no `%`, which systemd would replace."""
    text = "\n".join(
        f"[{section}]\n" + "".join(f"{key}={value}\n" for key, value in lines) for section, lines in sections.items()
    )
    return Artifact(f"systemd/{environment.namespace}-{name}.{kind}", text)
