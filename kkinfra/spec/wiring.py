"""How the parts of a stack find each other: commands and variables, the same on every platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import (
    AppService,
    CeleryBeat,
    CeleryWorker,
    Container,
    Cron,
    Flower,
    Job,
    Migration,
    Nginx,
    Postgresql,
    PostgresqlRds,
    Redis,
    Webapp,
)

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Setting
    from kkinfra.values.document import Steps

SECRETS_DIRECTORY = "/run/secrets"
"""Where secrets are mounted, one file each, named as the secret is."""

STATIC_FILES_PORT = 8080
"""Port of the Nginx that serves static files only, in a cluster: one that needs no privilege."""

_HTTP_PORT, _HTTPS_PORT = 80, 443

BEAT_SCHEDULE = "/tmp/celerybeat-schedule"  # noqa: S108 - a path in the container, on a tmpfs of its own
_BEAT_STALE_SECONDS = 660  # beat syncs its file every 180 s, on a tick that may take 300 s more

_WORKER_CHECK = (
    "import celery, os, socket, sys; "
    "app = celery.Celery(broker=os.environ['CELERY_BROKER_URL']); "
    "sys.exit(not app.control.ping(['{name}@' + socket.gethostname()], timeout=5))"
)
_BEAT_CHECK = (
    "import glob, os, sys, time; "
    "newest = max(map(os.path.getmtime, glob.glob('{schedule}*')), default=0); "
    "sys.exit(time.time() - newest > {stale})"
)


def address(environment: Environment, name: str) -> str:
    """The host under which the part called `name` is reached by the others."""
    part = environment.stack[name]
    if isinstance(part, PostgresqlRds):
        return part.endpoint
    return environment.platform.address(name)


def authority(environment: Environment, *, encrypted: bool) -> str:
    """The domain as browsers send it: with its port, where that is not the scheme's own (RFC 9110, 4.2).

    In a cluster the ingress listens, on the scheme's own ports.
    """
    nginx = environment.part(Nginx)
    if nginx is None or not environment.platform.nginx_is_entrance:
        return environment.domain
    port, own = (nginx[1].https_port, _HTTPS_PORT) if encrypted else (nginx[1].http_port, _HTTP_PORT)
    return environment.domain if port == own else f"{environment.domain}:{int(port)}"


def variables(environment: Environment, name: str) -> dict[str, str]:
    """All variables of the part called `name`, sorted: wiring, the product's settings, the part's own.

    A secret appears as `NAME_FILE`, the path of the file that holds it.
    """
    part = environment.stack[name]
    found: dict[str, str] = {}
    if any(name == app_name for app_name, _ in environment.app_parts()):
        found |= _wiring(environment)
        found |= _database(environment, name)
        found |= {key: text(setting) for key, setting in environment.settings.items()}
    found |= {f"{secret}_FILE": f"{SECRETS_DIRECTORY}/{secret}" for secret in environment.secrets_of(name)}
    if isinstance(part, AppService | Migration | Job | Cron):
        found |= {key: text(setting) for key, setting in part.settings.items()}
    return dict(sorted(found.items()))


def set_at(environment: Environment, name: str, variable: str) -> Steps:
    """The setting that a variable of the part called `name` is: its own, or one of all; the part where it is none."""
    if variable in getattr(environment.stack[name], "settings", {}):
        return ("stack", name, "settings", variable)
    return ("settings", variable) if variable in environment.settings else ("stack", name)


def waiting_for(environment: Environment, name: str) -> set[str]:
    """The parts that start only after the job called `name`, directly or through further jobs."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        part = environment.stack.get(waiting.pop())
        later = set(part.before) - found if isinstance(part, Job) else set[str]()
        found |= later
        waiting += later
    return found


def text(setting: Setting) -> str:
    """A setting as a variable's text: true and false in lower case."""
    return str(setting).lower() if isinstance(setting, bool) else str(setting)


def _wiring(environment: Environment) -> dict[str, str]:
    """Who it is, and where the others are. An image cannot know its own digest, so it is told."""
    scheme = "https" if environment.tls else "http"
    origin = f"{scheme}://{authority(environment, encrypted=environment.tls is not None)}"
    found = {"ALLOWED_HOSTS": environment.domain, "CSRF_TRUSTED_ORIGINS": origin}
    if environment.image.digest:
        found["IMAGE"] = str(environment.image)
    for name, redis in environment.parts(Redis):
        server = f"redis://{address(environment, name)}:{redis.port}"
        if "broker" in redis.roles:
            found |= {"CELERY_BROKER_URL": f"{server}/0", "CELERY_RESULT_BACKEND": f"{server}/0"}
        if "cache" in redis.roles:
            found |= {"CACHE_URL": f"{server}/1"}
    return found


def _database(environment: Environment, reader: str) -> dict[str, str]:
    """The way to the database, for who reads its password: to the others it would name a file that is not there."""
    found: dict[str, str] = {}
    secrets = environment.secrets_of(reader)
    for name, database in environment.parts(Postgresql):
        if database.password not in secrets:
            continue
        found |= {
            "DATABASE_HOST": address(environment, name),
            "DATABASE_PORT": str(int(database.port)),
            "DATABASE_NAME": database.database,
            "DATABASE_USER": database.user,
            "DATABASE_PASSWORD_FILE": f"{SECRETS_DIRECTORY}/{database.password}",
            "DATABASE_SSLMODE": "require" if isinstance(database, PostgresqlRds) else "disable",
        }
    return found


def command(environment: Environment, name: str) -> tuple[str, ...] | None:
    """The argv of the part called `name`, or None where the image's own is run."""
    part = environment.stack[name]
    if isinstance(part, Webapp):
        return (*uvicorn(part), "--host", environment.platform.listen_address, "--port", str(int(part.port)))
    if isinstance(part, CeleryWorker):
        return (
            "celery", "--app", part.app, "worker", "--hostname", f"{name}@%h", "--queues", ",".join(part.queues),
            "--concurrency", str(part.concurrency), "--loglevel", "INFO",
        )  # fmt: skip
    if isinstance(part, CeleryBeat):
        return ("celery", "--app", part.app, "beat", "--schedule", BEAT_SCHEDULE, "--pidfile=", "--loglevel", "INFO")
    if isinstance(part, Flower):
        return (
            "celery", "--app", part.app, "flower", f"--address={environment.platform.listen_address}",
            f"--port={int(part.port)}", f"--url_prefix={part.path.strip('/')}",
        )  # fmt: skip
    if isinstance(part, Container | Migration | Job | Cron):
        return part.command
    return None


def uvicorn(webapp: Webapp) -> tuple[str, ...]:
    """Uvicorn without the address it listens on, which each platform adds.

    Proxy headers are trusted, since nothing but the platform's own proxy can reach it.
    """
    return (
        "uvicorn", webapp.asgi, "--workers", str(webapp.workers), "--proxy-headers", "--forwarded-allow-ips", "*",
        "--timeout-graceful-shutdown", str(max(1, webapp.stop_grace.seconds - 5)), "--no-server-header",
    )  # fmt: skip


def health_check(name: str, part: object) -> tuple[str, ...] | None:
    """The argv that tells whether a process without an HTTP health path works, or None.

    A worker is pinged through the broker, without loading the product (35 MB instead of twice that);
    beat is judged by the age of its schedule, which it rewrites every 180 s
    (celery.beat.Scheduler.sync_every).
    """
    if isinstance(part, CeleryWorker):
        return ("python", "-c", _WORKER_CHECK.format(name=name))
    if isinstance(part, CeleryBeat):
        return ("python", "-c", _BEAT_CHECK.format(schedule=BEAT_SCHEDULE, stale=_BEAT_STALE_SECONDS))
    return None
