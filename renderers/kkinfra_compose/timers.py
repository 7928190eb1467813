"""Timers of systemd: one for each cron, and one that renews the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.artifacts import Artifact
from kkinfra.platforms import Certbot, Compose, Ssh
from kkinfra.stack import Cron, Nginx
from kkinfra_compose.certbot import CERTBOT, RENEWED
from kkinfra_compose.schedule import on_calendar
from kkinfra_nginx.process import PID_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kkinfra.environment import Environment

CURRENT = "current"
"""In the host's directory, the symbolic link to the release that serves."""

_RENEWAL = ("*-*-* 03:00:00 UTC", "*-*-* 15:00:00 UTC")  # twice a day, as Let's Encrypt asks
_RENEWAL_SECONDS = 600
_START_SECONDS = 60  # until a container runs, on top of its deadline

Lines = list[tuple[str, str]]


def units(environment: Environment) -> Iterable[Artifact]:
    """`systemd/NAMESPACE-PART.service` and `.timer`."""
    for name, cron in environment.parts(Cron):
        seconds = cron.deadline.seconds + _START_SECONDS
        yield _service(environment, name, seconds, [_run(environment, name)])
        yield _timer(environment, name, on_calendar(cron.schedule), [("AccuracySec", "1s")])
    if isinstance(environment.tls, Certbot):
        commands = [_run(environment, CERTBOT), *_reload(environment)]
        yield _service(environment, CERTBOT, _RENEWAL_SECONDS, commands)
        yield _timer(environment, CERTBOT, _RENEWAL, [("RandomizedDelaySec", "1h"), ("Persistent", "true")])


def _run(environment: Environment, name: str) -> str:
    return f"{_compose(environment)} run --rm --no-deps -T {name}"


def _reload(environment: Environment) -> Iterable[str]:
    """Nginx is reloaded only when there is a new certificate: a reload drops idle connections."""
    for name, _ in environment.parts(Nginx):
        newer = f"test {RENEWED} -nt {PID_FILE} || exit 0; kill -HUP 1 && touch {PID_FILE}"
        yield f'{_compose(environment)} exec -T {name} sh -c "{newer}"'


def _compose(environment: Environment) -> str:
    platform = environment.platform
    directory = platform.directory if isinstance(platform, Compose) else "."
    return f"/usr/bin/docker compose --file {directory}/{CURRENT}/compose.yaml"


def _service(environment: Environment, name: str, seconds: int, commands: Sequence[str]) -> Artifact:
    delivery = environment.delivery
    return _unit(environment, name, "service", {
        "Unit": [
            ("Description", f"{name} of {environment.namespace}"),
            ("Requires", "docker.service"),
            ("Wants", "network-online.target"),
            ("After", "docker.service network-online.target"),
        ],
        "Service": [
            ("Type", "oneshot"),
            *([("User", delivery.user)] if isinstance(delivery, Ssh) else []),
            *(("ExecStart", command) for command in commands),
            ("TimeoutStartSec", str(seconds)),
        ],
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
