"""What Nginx serves by itself, what asks for a password, and what cannot be reached at all."""

from __future__ import annotations

import base64
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from rehearsal.production import Production

LISTENS = "0A"
"""The state of a listening socket in /proc/net/tcp (include/net/tcp_states.h: TCP_LISTEN)."""


@pytest.mark.parametrize(("suffix", "kind"), [("css", "text/css"), ("svg", "image/svg+xml")])
def test_static_files_come_from_nginx_and_are_kept_for_a_year(browser: httpx.Client, suffix: str, kind: str) -> None:
    path = re.search(rf'"(/static/[^"]+\.[0-9a-f]{{8,}}\.{suffix})"', browser.get("/").text)
    assert path, f"the page names no {suffix} file"
    answer = browser.get(path[1])
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == kind
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_static_files_are_served_while_the_webapp_is_stopped(stack: Production, browser: httpx.Client) -> None:
    path = re.search(r'"(/static/[^"]+\.css)"', browser.get("/").text)
    webapp = stack.container("webapp-blue")
    webapp.pause()
    try:
        assert path
        assert browser.get(path[1]).status_code == 200
    finally:
        webapp.unpause()
    stack.wait_healthy("webapp-blue")


def test_flower_asks_for_its_password(stack: Production) -> None:
    flower = stack.environment.stack["flower"]
    address = f"http://127.0.0.1:{int(flower.port)}{flower.path}"
    assert httpx.get(address).status_code == 401
    wrong = base64.b64encode(b"flower:wrong").decode()
    assert httpx.get(address, headers={"Authorization": f"Basic {wrong}"}).status_code == 401
    user, _, password = stack.secrets["FLOWER_BASIC_AUTH"].partition(":")
    shown = httpx.get(address, auth=(user, password), follow_redirects=True)
    assert shown.status_code == 200
    assert "celery-worker@" in shown.text


def test_flower_is_not_on_the_site(browser: httpx.Client) -> None:
    assert browser.get("/flower/").status_code == 404


def test_only_80_and_443_listen_on_other_than_loopback(stack: Production) -> None:
    """Read from the kernel: the sockets of the stack's own processes."""
    assert listeners(stack) == {80, 443}


def listeners(stack: Production) -> set[int]:
    inodes = {inode for container in stack.running().values() for inode in sockets_of(container)}
    found: set[int] = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            local, state, inode = (line.split()[number] for number in (1, 3, 9))
            if state == LISTENS and inode in inodes and not is_loopback(local.partition(":")[0]):
                found.add(int(local.partition(":")[2], 16))
    return found


def sockets_of(container: object) -> set[str]:
    found: set[str] = set()
    for process in container.top()["Processes"]:
        for descriptor in Path("/proc", process[1], "fd").glob("*"):
            try:
                target = str(descriptor.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                found.add(target[8:-1])
    return found


def is_loopback(address: str) -> bool:
    return address.endswith("7F") if len(address) == 8 else address == "0" * 24 + "01000000"


def test_others_cannot_reach_redis_flower_or_the_identity(stack: Production) -> None:
    """Asked from a container in a network of its own, which sees this machine as a stranger does."""
    gateway = stack.database.container.attrs["NetworkSettings"]["Networks"]["kkinfra-rehearsal"]["Gateway"]
    ask = (
        "import socket, sys\n"
        "for port in map(int, sys.argv[2:]):\n"
        "    with socket.socket() as s:\n"
        "        s.settimeout(2)\n"
        "        print(port, s.connect_ex((sys.argv[1], port)) == 0)\n"
    )
    ports = ["80", "443", "6379", "5555", "8181", "8000"]
    said = stack.engine.containers.run(
        str(stack.environment.image), ["python", "-c", ask, gateway, *ports], network="kkinfra-rehearsal", remove=True
    )
    answers = dict(line.split() for line in said.decode().splitlines())
    assert [port for port, reached in answers.items() if reached == "True"] == ["80", "443"]


def test_redis_answers_here(stack: Production) -> None:
    """The tests above would pass as well if nothing ran."""
    with socket.create_connection(("127.0.0.1", 6379), timeout=2) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(16) == b"+PONG\r\n"
