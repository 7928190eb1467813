"""Which configuration is being served: only the server itself can tell.

`nginx -t` and a reload both succeed while the configuration of before keeps serving (a port that is
taken, say), so a deployment asks here.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from kkinfra_nginx.directive import Directive, block, line

if TYPE_CHECKING:
    from kkinfra.spec.stack import Nginx

PATH = "/-/identity"
"""Answers with the identity, on loopback only."""


def identity_of(text: str) -> str:
    """The SHA-256 of a configuration's text, written without its identity."""
    return sha256(text.encode()).hexdigest()


def identity_server(nginx: Nginx, identity: str) -> Directive:
    """It listens on loopback; `allow` would say nothing here, since `return` comes before it."""
    return block("server", of=[
        line("listen", f"127.0.0.1:{int(nginx.identity_port)}"),
        line("server_name", "localhost"),
        line("access_log", "off"),
        block("location", "=", PATH, of=[line("default_type", "text/plain"), line("return", 200, identity)]),
        block("location", "/", of=[line("return", 404)]),
    ])  # fmt: skip
