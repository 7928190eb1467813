"""What is there: the release, its containers, Nginx, the certificate, and the host itself. Looking changes nothing."""

from __future__ import annotations

import os
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.host import compose, files, images, journal, lock, memory, nginx, platforms, releases, runs, units, webapp
from kkinfra.host.as_it_runs import as_it_runs
from kkinfra.host.certificate import paused_until
from kkinfra.host.compose import SERVED
from kkinfra.host.engine import HostEngine
from kkinfra.host.errors import HostError
from kkinfra.host.fingerprint import fingerprint
from kkinfra.host.listeners import listeners
from kkinfra.host.masking import masking
from kkinfra.host.plain import items, mapping
from kkinfra.host.process import run
from kkinfra.host.services import HASH, RESTART_HASH, in_release, mounted_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.host.call import Call
    from kkinfra.host.engine import EngineContainer
    from kkinfra.host.manifest import Manifest

_ROOM = "/var/lib/docker"
_DATABASE_SECONDS = 5
_SHOWN = 300
_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")  # PostgreSQL 15, 55.7 "SSLRequest"


def observe(call: Call) -> dict[str, Any]:
    """All of it, each part asked at the same time as the others.

    `arguments` may name an `image` to resolve, other `images` whose platforms are told, a `database` (host and port)
    to reach, and the `key` under which secrets are compared; with `fields`, what containers run with is told, and
    what was edited on the host.
    """
    engine = HostEngine()
    questions: dict[str, Callable[[], Any]] = {
        "host": lambda: _host(call),
        "lock": lambda: lock.status(call.layout),
        "engine": lambda: _engine(engine),
        "compose": compose.version,
        "ports": listeners,
        "digest": lambda: _digest(call, engine),
        "images": lambda: _images(call, engine),
        "database": lambda: _database(call.arguments.get("database")),
        "release": lambda: _release(call, engine),
    }
    with ThreadPoolExecutor(len(questions)) as pool:
        asked = {name: pool.submit(question) for name, question in questions.items()}
        return {name: each.result() for name, each in asked.items()}


def _host(call: Call) -> dict[str, Any]:
    room = _ROOM if Path(_ROOM).exists() else "/"
    load = os.getloadavg()[0]
    return {
        "clock": time.time(), "name": socket.gethostname(), "boot": time.time() - memory.uptime(), "load": load,
        "disk_free": shutil.disk_usage(room).free, "disk_total": shutil.disk_usage(room).total,
        "memory_free": memory.available(), "memory_total": memory.total(), "swap_free": memory.swap_free(),
        "cut_off": _cut_off(call), "certificate_paused_until": paused_until(call.layout),
    }  # fmt: skip


def _cut_off(call: Call) -> dict[str, Any] | None:
    run = journal.unfinished(call.layout)
    if run is None:
        return None
    lines = journal.read(run / journal.FILE)
    return {"run": run.name, "step": journal.last_step(lines), "due": journal.release_due(lines)}


def _engine(engine: HostEngine) -> dict[str, Any]:
    try:
        said = engine.ask("GET", "/version")
        return {"version": str(said["Version"]), "platform": platforms.of_engine(said)}
    except HostError as error:
        return {"version": "", "platform": "", "problem": str(error)}


def _digest(call: Call, engine: HostEngine) -> dict[str, Any]:
    """The digest of the image that is asked for: the host's own where it is named by digest and there already."""
    reference = call.arguments.get("image")
    if not reference:
        return {}
    there = _safely(lambda: engine.image(reference)) if "@" in reference else None
    if there:
        return {"digest": reference.partition("@")[2], "platforms": platforms.of_image(there), "problem": ""}
    found = _registry(call, engine).find(reference)
    remedy = images.pull_remedy(found.problem) if found.problem else ""
    return {
        "digest": found.digest, "platforms": list(found.platforms), "problem": found.problem, "remedy": remedy
    }  # fmt: skip


def _images(call: Call, engine: HostEngine) -> dict[str, dict[str, Any]]:
    """The platforms of other images: of those that are here, or else of what would be pulled."""
    registry = _registry(call, engine)

    def one(reference: str) -> dict[str, Any]:
        there = _safely(lambda: engine.image(reference))
        found = platforms.of_image(there) if there else registry.find(reference).platforms
        return {"platforms": list(found), "here": bool(there)}

    references: list[str] = call.arguments.get("images", [])
    with ThreadPoolExecutor(max(1, len(references))) as pool:
        return dict(zip(references, pool.map(one, references)))  # noqa: B905 - not before Python 3.10


def _registry(call: Call, engine: HostEngine) -> images.HostRegistry:
    return images.HostRegistry(call.layout, engine, call.files.get("login", b""))


def _safely(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except HostError:
        return None


def _database(where: dict[str, Any] | None) -> dict[str, str]:
    """Whether a PostgreSQL answers, and speaks TLS; who it is for is for the migration to find out."""
    if not where:
        return {}
    try:
        with socket.create_connection((where["host"], where["port"]), timeout=_DATABASE_SECONDS) as connection:
            connection.sendall(_SSL_REQUEST)
            answer = connection.recv(1)
    except socket.gaierror:
        return {"problem": "the host finds no address of that name"}
    except OSError as error:
        return {"problem": "no answer" if isinstance(error, TimeoutError) else str(error.strerror or error)}
    return {} if answer == b"S" else {"problem": "what answers there is no PostgreSQL with TLS"}


def _release(call: Call, engine: HostEngine) -> dict[str, Any]:
    try:
        current = releases.current(call.layout)
        containers = engine.containers(call.layout.namespace)
    except HostError as error:
        return {"problem": str(error)}
    names = {each.image for each in containers} if _asks_for_fields(call) else set[str]()
    images_there = {name: engine.image(name) or {} for name in names}
    found: dict[str, Any] = {
        "containers": [_container(each, call, images_there.get(each.image)) for each in containers],
        "releases": releases.names(call.layout), "fingerprint": fingerprint(call.layout, engine),
    }  # fmt: skip
    if current is None:
        return found
    return {**found, **_serving(call, engine, current)}


def _serving(call: Call, engine: HostEngine, current: Manifest) -> dict[str, Any]:
    key = _key(call)
    sockets = webapp.sockets(engine, current)
    served = current.nginx
    wanted = set(call.arguments.get("texts", ()))
    directory = call.layout.release(current.id)
    configuration = nginx.Configuration(call.layout, engine)
    stage = configuration.due(current)
    astray = [] if served is None or configuration.is_kept(current, stage) else [f"nginx/{SERVED}.conf"]
    return {
        "current": current.as_json(), "damaged": [*releases.damaged(call.layout, current), *astray],
        "colour": sockets.serving() if sockets else "",
        "served": nginx.identity(served) if served else "",
        "stage": stage,
        "certificate": _certificate(engine, current),
        "secrets": releases.marks(call.layout, current.id, current.secrets, key) if key else {},
        "texts": {path: _text(directory / path) for path in current.files if path in wanted or not wanted},
        "last": next(iter(reversed(runs.changes(call.layout))), None),
        "edited": _edited(call, current, stage) if _asks_for_fields(call) else {},
    }  # fmt: skip


def _edited(call: Call, current: Manifest, stage: str) -> dict[str, dict[str, str]]:
    """What is in force on the host in other words than the release has: by its path, the release's file and the text.

    These are copies: the release's own files are among `texts`.
    """
    pairs = {str(units.DIRECTORY / Path(each).name): each for each in current.files if each.startswith("systemd/")}
    if current.nginx is not None:
        pairs[str(call.layout.nginx / f"{SERVED}.conf")] = f"nginx/{stage}.conf"
    return {
        path: {"file": file, "text": _text(Path(path))}
        for path, file in sorted(pairs.items())
        if files.digest(Path(path)) != current.files.get(file)
    }


def _asks_for_fields(call: Call) -> bool:
    return bool(call.arguments.get("fields"))


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _certificate(engine: HostEngine, current: Manifest) -> dict[str, Any]:
    file = nginx.certificate_file(engine, current)
    if file is None:
        return {}
    done = run(["openssl", "x509", "-in", str(file), "-noout", "-enddate", "-issuer"], seconds=10)
    facts = dict(line.split("=", 1) for line in done.output.splitlines() if "=" in line)
    return {"ends": facts.get("notAfter", "").strip(), "issuer": facts.get("issuer", "").strip()}


def _plain_files(call: Call, container: EngineContainer) -> list[tuple[str, str]]:
    """What a container mounts of a release, but for secrets, of which nothing is told."""
    found = mounted_files(call.layout, container).items()
    return [(path, source) for path, source in found if not path.startswith(f"{releases.SECRETS}/")]


def _container(container: EngineContainer, call: Call, image: dict[str, Any] | None = None) -> dict[str, Any]:
    limits, state = container.facts["HostConfig"], container.state
    variables = [each.partition("=")[0] for each in container.facts["Config"].get("Env") or ()]
    return {
        "id": container.id[:12], "name": container.name, "service": container.service, "image": container.image,
        "one_off": container.is_one_off, "hash": container.labels.get(HASH, ""),
        "restart_hash": container.labels.get(RESTART_HASH, ""), "memory": limits.get("Memory", 0),
        "cpus": container.cpus, "running": container.is_running, "status": state.get("Status", ""),
        "health": container.health, "started": state.get("StartedAt", ""), "exit_code": state.get("ExitCode"),
        "restarts": container.facts.get("RestartCount", 0), "variables": sorted(variables),
        "releases": sorted(in_release(call.layout, container)), "out_of_memory": bool(state.get("OOMKilled")),
        "files": {path: files.digest(Path(source)) for path, source in _plain_files(call, container)},
        "used": memory.used_by(container.state.get("Pid") or 0), "said": _last_answer(container, call),
        **({"runs": as_it_runs(container, image, _key(call))} if image is not None else {}),
    }  # fmt: skip


def _last_answer(container: EngineContainer, call: Call) -> str:
    """What the check of an unhealthy container said last, without secrets."""
    if container.health != "unhealthy":
        return ""
    said = [str(mapping(each).get("Output", "")) for each in items(mapping(container.state["Health"]).get("Log"))]
    return masking(releases.secret_values(call.layout))("".join(said[-1:]).strip())[-_SHOWN:]


def _key(call: Call) -> bytes:
    return str(call.arguments.get("key", "")).encode()
