"""The product's pages, served by one process."""

from __future__ import annotations

import socket
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

import uvicorn
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

from monitor.management.demonstration.services import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_SECONDS = 3
TICK_SECONDS = 0.02


def taken(port: int) -> socket.socket:
    """Take a port of loopback, any if it is 0; `OSError` if somebody else has it."""
    taken = socket.socket()
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((LOOPBACK, port))
    except OSError:
        taken.close()
        raise
    return taken


def serve(port: socket.socket, then: Callable[[], bool]) -> None:
    """Serve until a signal comes; call `then` in another thread when pages can be had, and stop if it returns true."""
    from config.asgi import application

    config = uvicorn.Config(
        ASGIStaticFilesHandler(application),
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = uvicorn.Server(config)
    Thread(target=_call, args=(server, then), name="after the start", daemon=True).start()
    server.run(sockets=[port])


def _call(server: uvicorn.Server, then: Callable[[], bool]) -> None:
    while not server.started:
        sleep(TICK_SECONDS)
    server.should_exit = then()
