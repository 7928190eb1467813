"""A PostgreSQL on loopback, of the machine's own package, with TLS; it lives as long as the block that entered it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator

MASTER, PASSWORD = "postgres", "m4ster-s3ntinel"
_UNPRIVILEGED = "nobody"


def programs() -> Path:
    """Where initdb and its like are; skips without them."""
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return Path(need("initdb", *map(str, newest_first))).resolve().parent


@dataclass(frozen=True)
class Postgresql:
    """The server: its programs, and the port on 127.0.0.1."""

    programs: Path
    port: int

    def psql(self, sql: str, *, user: str = MASTER, password: str = PASSWORD, database: str = MASTER) -> str:
        """What SQL prints, or the error."""
        where = f"host=127.0.0.1 port={self.port} user={user} dbname={database} sslmode=require"
        done = subprocess.run(
            [self.programs / "psql", "-XAtq", where, "-c", sql],
            env={**os.environ, "PGPASSWORD": password}, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return (done.stdout + done.stderr).strip()


@contextmanager
def started(at: Path, port: int) -> Iterator[Postgresql]:
    """A server that is empty, with SCRAM for everybody and TLS."""
    home = Path(tempfile.mkdtemp(prefix="kkinfra-postgresql-", dir="/tmp"))
    data, secret = home / "data", home / "password"
    secret.write_text(PASSWORD)
    certificate = ("-nodes", "-subj", "/CN=localhost", "-keyout", home / "key.pem", "-out", home / "cert.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", *certificate], check=True, capture_output=True)
    server = None
    who = {"user": _UNPRIVILEGED, "group": "nogroup"} if os.getuid() == 0 else {}
    if who:
        for each in (home, *home.iterdir()):
            shutil.chown(each, **who)
    try:
        _run([at / "initdb", "-D", data, "-U", MASTER, "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync"], who)
        options = {
            "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": home, "fsync": "off", "ssl": "on",
            "ssl_cert_file": home / "cert.pem", "ssl_key_file": home / "key.pem", "log_statement": "all",
            "logging_collector": "off",
        }  # fmt: skip
        set_to = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        with (home / "log").open("wb") as log:
            server = subprocess.Popen([at / "postgres", "-D", data, *set_to], stdout=log, stderr=log, cwd=home, **who)
        _run([at / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-t", "20"], {}, again=100)
        yield Postgresql(at, port)
    finally:
        if server is not None:
            server.terminate()
            server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def log_of(server: Postgresql) -> str:
    """All that servers of this machine's tests wrote into their logs."""
    return "".join(each.read_text(errors="replace") for each in Path("/tmp").glob("kkinfra-postgresql-*/log"))


def _run(argv: list[object], who: dict[str, str], again: int = 1) -> None:
    import threading

    wait = threading.Event()
    for _ in range(again):
        done = subprocess.run([str(each) for each in argv], capture_output=True, text=True, check=False, cwd="/", **who)
        if done.returncode == 0:
            return
        wait.wait(0.1)
    raise AssertionError(done.stdout + done.stderr)
