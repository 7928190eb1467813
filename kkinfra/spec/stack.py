"""What runs: the parts of a product, each a type of its own, chosen by `kind`.

Where `kind` is left out, the part's name is its kind: `webapp: {...}` is a webapp.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kkinfra.spec.addresses import HostName
from kkinfra.spec.cpu import Cpu
from kkinfra.spec.duration import Duration
from kkinfra.spec.image_reference import ImageReference
from kkinfra.spec.memory import Memory
from kkinfra.spec.model import Model, items, value
from kkinfra.spec.names import DnsLabel, ModuleObject, ModulePath, VariableName, Version
from kkinfra.spec.paths import FilePath, UrlPath
from kkinfra.spec.port import Port
from kkinfra.spec.schedule import Schedule

Text = Annotated[str, Field(max_length=4096, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
Setting = Text | int | bool
Settings = dict[Annotated[str, VariableName], Setting]
Command = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
SqlName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
Queue = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")]


class Process(Model):
    """A part that runs as a container and so has limits."""

    memory: Memory = value("Memory limit, which is also what is requested.", "256MB", "300MB")
    cpu: Cpu = value("CPU that is reserved.", "250m", "300m", default=Cpu(100))
    cpu_limit: Cpu = value("CPU that is never exceeded.", "500m", "1.5", default=Cpu(1000))
    uid: int = value("User and group the process runs as.", 10001, 10002, default=10001, ge=1000, le=2**31 - 1)


class Service(Process):
    """A part that runs until it is stopped."""

    stop_grace: Duration = value(
        "Time between the request to stop and the kill.", "30s", "45s", default=Duration(30, "s")
    )


class AppService(Service):
    """A service that runs the product's own image, or another one."""

    image: ImageReference | None = value(
        "Image, where it is not the product's own.", "ghcr.io/example/other:1.0.0", default=None
    )
    settings: Settings = value("Variables for this part only.", {"LOG_LEVEL": "debug"}, default={})


class Autoscale(Model):
    """Replicas that follow the load (a HorizontalPodAutoscaler on Kubernetes)."""

    min: int = value("Fewest replicas.", 2, 3, default=1, ge=1, le=100)
    max: int = value("Most replicas.", 4, 5, ge=1, le=100)
    cpu_percent: int = value("CPU use, in percent of what is reserved, that is aimed at.", 60, default=70, ge=1, le=100)


class Health(Model):
    """Where a web process answers for itself."""

    live: UrlPath = value(
        "Answers while the process works.", "/healthz/live", "/live", default=UrlPath("/healthz/live")
    )
    ready: UrlPath = value(
        "Answers while database, Redis and migrations are in order.", "/healthz/ready", "/ready",
        default=UrlPath("/healthz/ready"),
    )  # fmt: skip


class Webapp(AppService):
    """The Django application, served by Uvicorn over ASGI."""

    stop_grace: Duration = value(
        "Time between the request to stop and the kill; 10 s more than timeout, at least.", "75s", "90s",
        default=Duration(75, "s"),
    )  # fmt: skip
    kind: Literal["webapp"]
    django: Version | None = value("Django series that the image carries.", "5.2", "6.0", default=None)
    asgi: ModuleObject = value("ASGI application.", "config.asgi:application", "other.asgi:application")
    workers: int = value("Uvicorn workers in one container.", 2, 3, default=2, ge=1, le=64)
    port: Port = value("Port it listens on, where it does not use a Unix socket.", 8000, 8001, default=Port(8000))
    health: Health = value("Health checks.", {"ready": "/ready"}, default=Health())
    timeout: Duration = value("Longest a request may take.", "60s", "45s", default=Duration(60, "s"))
    replicas: int = value("Containers at a time.", 2, 3, default=1, ge=1, le=100)
    autoscale: Autoscale | None = value("Replicas by load.", {"min": 2, "max": 4}, default=None)


class CeleryWorker(AppService):
    """A Celery worker; name further ones with `kind: celery-worker` and queues of their own."""

    kind: Literal["celery-worker"]
    app: ModulePath = value("Celery application.", "config", "other", default=ModulePath("config"))
    concurrency: int = value("Processes in one container.", 2, 3, default=2, ge=1, le=64)
    queues: tuple[Queue, ...] = items(
        "Queues it takes tasks from.", ["celery"], ["mail"], default=("celery",), min_length=1
    )
    replicas: int = value("Containers at a time.", 2, 3, default=1, ge=1, le=100)
    autoscale: Autoscale | None = value("Replicas by load.", {"min": 2, "max": 4}, default=None)


class CeleryBeat(AppService):
    """The Celery scheduler. There is never more than one, so it has no replicas."""

    kind: Literal["celery-beat"]
    app: ModulePath = value("Celery application.", "config", "other", default=ModulePath("config"))


class Flower(AppService):
    """Flower, which shows what Celery does. It is never public."""

    kind: Literal["flower"]
    app: ModulePath = value("Celery application.", "config", "other", default=ModulePath("config"))
    port: Port = value("Port it listens on.", 5555, 5556, default=Port(5555))
    path: UrlPath = value("Path that it is served below.", "/flower/", "/tasks/", default=UrlPath("/flower/"))
    expose: bool = value("Routed by the ingress, to the networks of `access` only.", True, False, default=False)


class Redis(Service):
    """Redis, as cache and as Celery's broker."""

    kind: Literal["redis"]
    version: Version = value("Version.", "7.4", "7.2")
    image: ImageReference | None = value("Image, where it is not `redis:VERSION`.", "valkey/valkey:8.0", default=None)
    maxmemory: Memory = value("Memory for data.", "256MB", "200MB")
    policy: Literal["noeviction", "allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "volatile-ttl"] = value(
        "What is evicted when it is full; `volatile-*` never evicts a queued task, which has no expiry.",
        "volatile-lru", "noeviction", default="volatile-lru",
    )  # fmt: skip
    roles: tuple[Literal["cache", "broker"], ...] = items(
        "What it is for.", ["cache", "broker"], ["broker"], default=("cache", "broker"), min_length=1
    )
    port: Port = value("Port it listens on.", 6379, 6380, default=Port(6379))
    persistent: bool = value(
        "Keep an append-only file, so that queued tasks survive a restart.", True, False, default=True
    )
    storage: Memory | None = value("Size of the volume claim.", "1GiB", "2GiB", default=None)


class Postgresql(Model):
    """What every PostgreSQL has, wherever it runs."""

    kind: Literal["postgresql"]
    version: Version = value("Version.", "15", "16")
    database: SqlName = value("Database.", "shop", "other")
    user: SqlName = value("User.", "shop", "other")
    password: VariableName = value("Secret that holds the password.", "POSTGRES_PASSWORD", "OTHER_PASSWORD")
    port: Port = value("Port it listens on.", 5432, 5433, default=Port(5432))


class PostgresqlStatefulSet(Postgresql, Service):
    """PostgreSQL in the cluster, as a StatefulSet with one replica."""

    on: Literal["statefulset"]
    image: ImageReference | None = value("Image, where it is not `postgres:VERSION`.", "postgres:15.8", default=None)
    storage: Memory = value("Size of the volume.", "10GiB", "20GiB")
    max_connections: int = value("Connections at a time.", 100, 50, default=100, ge=10, le=10000)


class PostgresqlRds(Postgresql):
    """PostgreSQL as a managed service of AWS.

    `MASTER` is the master user of an instance that kkinfra makes; RDS keeps its password, and changes it.
    """

    MASTER: ClassVar[str] = "postgres"

    on: Literal["rds"]
    endpoint: HostName = value(
        "Address of the instance.", "shop.123456789012.ap-northeast-2.rds.amazonaws.com", "db.example.org"
    )
    instance_class: Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")] = value(
        "Instance class.", "db.t3.micro", "db.t3.small"
    )
    storage: Memory = value("Allocated storage.", "20GiB", "30GiB")
    backup_days: int = value("Days that automatic backups are kept.", 7, 14, default=7, ge=1, le=35)
    multi_az: bool = value(
        "A standby in the second zone, which takes over by itself, for twice the price.", True, False, default=False
    )


class Nginx(Service):
    """Nginx: reverse proxy and static files."""

    kind: Literal["nginx"]
    stop_grace: Duration = value(
        "Time between the request to stop and the kill; requests under way end 5 s before.", "75s", "45s",
        default=Duration(75, "s"),
    )  # fmt: skip
    version: Version = value("Version, which decides how HTTP/2 is written.", "1.22", "1.31")
    image: ImageReference | None = value("Image, where it is not `nginx:VERSION`.", "nginx:1.31.3", default=None)
    http_port: Port = value("Port for HTTP.", 80, 8080, default=Port(80))
    https_port: Port = value("Port for HTTPS.", 443, 8443, default=Port(443))
    identity_port: Port = value(
        "Loopback port that tells which configuration is served.", 8181, 8182, default=Port(8181)
    )
    max_body: Memory = value("Largest request body.", "10MB", "20MB", default=Memory(10, "MB"))
    rate: int = value(
        "Requests a second that one client may make, with a burst of twice as many.", 20, 30,
        default=20, ge=1, le=100_000,
    )  # fmt: skip


class StaticFiles(Process):
    """Static files, which come out of the product's image under hashed names."""

    kind: Literal["static-files"]
    url: UrlPath = value("Path that they are served below.", "/static/", "/assets/", default=UrlPath("/static/"))
    directory: FilePath = value(
        "Where they are in the image.", "/app/static", "/app/assets", default=FilePath("/app/static")
    )
    keep: Duration = value("How long files of an earlier release stay.", "7d", "3d", default=Duration(7, "d"))


class Migration(Process):
    """The database migration, run once a release, before anything of the release serves."""

    kind: Literal["migration"]
    command: Command = items("Command.", ["python", "manage.py", "migrate", "--noinput"], ["true"],
                             default=("python", "manage.py", "migrate", "--noinput"))  # fmt: skip
    deadline: Duration = value("Longest it may take.", "10m", "5m", default=Duration(10, "m"))
    settings: Settings = value("Variables for this part only.", {"LOG_LEVEL": "debug"}, default={})


class Container(AppService):
    """Any other service."""

    kind: Literal["container"]
    command: Command | None = value(
        "Command, where it is not the image's own.", ["serve", "--port", "9000"], default=None
    )
    port: Port | None = value("Port it listens on.", 9000, 9001, default=None)
    ready: UrlPath | None = value("Path that answers while it is healthy.", "/health", "/ready", default=None)
    route: UrlPath | None = value("Path that is routed to it from outside.", "/hooks/", "/other/", default=None)
    replicas: int = value("Containers at a time.", 2, 3, default=1, ge=1, le=100)


class Job(Process):
    """A command that runs once a release."""

    kind: Literal["job"]
    image: ImageReference | None = value("Image, where it is not the product's own.", "busybox:1.37", default=None)
    command: Command = items("Command.", ["python", "manage.py", "loaddata", "targets"], ["true"], default=...)
    before: tuple[DnsLabel, ...] = items("Parts that start only after it.", ["webapp"], ["celery-worker"])
    deadline: Duration = value("Longest it may take.", "10m", "5m", default=Duration(10, "m"))
    settings: Settings = value("Variables for this part only.", {"LOG_LEVEL": "debug"}, default={})


class Cron(Process):
    """A command that runs at set times (UTC), and never twice at a time."""

    kind: Literal["cron"]
    image: ImageReference | None = value("Image, where it is not the product's own.", "busybox:1.37", default=None)
    schedule: Schedule = value("When it runs.", "*/5 * * * *", "0 3 * * *")
    command: Command = items("Command.", ["python", "manage.py", "clearsessions"], ["true"], default=...)
    deadline: Duration = value("Longest it may take.", "10m", "5m", default=Duration(10, "m"))
    settings: Settings = value("Variables for this part only.", {"LOG_LEVEL": "debug"}, default={})


AnyPostgresql = Annotated[PostgresqlStatefulSet | PostgresqlRds, Field(discriminator="on")]
Component = Annotated[
    Webapp | CeleryWorker | CeleryBeat | Flower | Redis | AnyPostgresql | Nginx | StaticFiles | Migration
    | Container | Job | Cron,
    Field(discriminator="kind"),
]  # fmt: skip

KINDS = (
    "webapp", "celery-worker", "celery-beat", "flower", "redis", "postgresql", "nginx", "static-files", "migration",
    "container", "job", "cron",
)  # fmt: skip
SINGLETONS = frozenset({"webapp", "celery-beat", "flower", "redis", "postgresql", "nginx", "static-files", "migration"})
