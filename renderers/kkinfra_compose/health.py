"""Health checks, in tools that the image in question is known to have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec import wiring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.spec.environment import Environment

# Sockets alone: this takes a third of the time that importing http.client does, and it is done all day.
_PYTHON = """\
import socket, sys
address, host, *paths = sys.argv[1:]
for path in paths:
    if address.isdigit():
        server = socket.create_connection(("127.0.0.1", int(address)), timeout=4)
    else:
        server = socket.socket(socket.AF_UNIX)
        server.settimeout(4)
        server.connect(address)
    request = f"GET {path} HTTP/1.0\\r\\nHost: {host}\\r\\nX-Forwarded-Proto: https\\r\\n\\r\\n"
    server.sendall(request.encode())
    status = server.makefile("rb").readline().decode()
    if status.split()[1:2] != ["200"]:
        sys.exit(f"{path}: {status}")
"""
# curl is in Nginx' and most other images, wget in those with BusyBox, bash in those made from Debian.
_SHELL = """\
port=$1 host=$2 path=$3
if command -v curl >/dev/null; then
  exec curl -fsS -m 4 -o /dev/null -H "Host: $host" "http://127.0.0.1:$port$path"
elif command -v wget >/dev/null; then
  exec wget -q -T 4 -O /dev/null --header "Host: $host" "http://127.0.0.1:$port$path"
fi
exec bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" &&
  printf "GET %s HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n" "$3" "$2" >&3 &&
  read -r -t 4 status <&3 && [[ $status == *" 200 "* ]]' check "$port" "$host" "$path"
"""


def over_socket(environment: Environment, socket: str, *paths: str) -> dict[str, Any]:
    """Asks the product over its Unix socket; it answers to its own domain only."""
    return _check(["python", "-c", _PYTHON, socket, environment.domain, *paths], every=5, within=10)


def over_port(environment: Environment, port: int, path: str, *, product: bool) -> dict[str, Any]:
    """Asks a loopback port: with Python in the product's image, else with what is there."""
    asked = (str(int(port)), environment.domain, path)
    command = ["python", "-c", _PYTHON, *asked] if product else ["sh", "-c", _SHELL, "check", *asked]
    return _check(command, every=10, within=5)


def of_redis(port: int) -> dict[str, Any]:
    """redis-cli ends with 0 even when the answer is an error, so the answer itself is looked at."""
    return _check(["sh", "-c", f"redis-cli -h 127.0.0.1 -p {int(port)} ping | grep -q PONG"], every=10, within=5)


def of_celery(name: str, part: object) -> dict[str, Any]:
    """A worker, or beat; a check costs a good part of a second of CPU, hence the interval."""
    return _check(list(wiring.health_check(name, part) or ()), every=30, within=15)


def _check(command: Sequence[str], *, every: int, within: int) -> dict[str, Any]:
    """Seconds between two checks, and those that one may take; failures count after 30 s only.

    No `start_interval`, which Docker knows since 25 and Compose refuses before.
    """
    return {
        "test": ["CMD", *command],
        "interval": f"{every}s",
        "timeout": f"{within}s",
        "retries": 3,
        "start_period": "30s",
    }
