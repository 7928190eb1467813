"""The secret that an image is pulled with: Docker's configuration, as `docker login` writes it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from kkinfra.secrets.sources.json_object import json_object
from kkinfra.secrets.sources.problem import Problem
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from kkinfra.values.secret import SecretText

_DOCKER_HUB = {"docker.io", "index.docker.io", "registry-1.docker.io"}
_TOKENS = ("identitytoken", "registrytoken")


def refuse_useless(secret: SecretText, registry: str) -> None:
    """Raise Problem unless it is a Docker configuration that holds a login for the registry's host."""
    configuration = json_object(secret.reveal())
    if configuration is None:
        raise Problem(f"is no JSON object, so no Docker configuration; {_how_to_make(registry)}")
    logins = configuration.get("auths")
    if not is_mapping(logins):
        raise Problem(f"has no `auths`, so it is no Docker configuration; {_how_to_make(registry)}")
    for_it = [login for host, login in logins.items() if _host(host) == _host(registry)]
    if not for_it:
        raise Problem(f"has no login for {registry} in `auths`; {_how_to_make(registry)}")
    if not any(is_mapping(login) and _is_login(login) for login in for_it):
        kept = "credsStore" in configuration or "credHelpers" in configuration
        where = ": Docker keeps them in a credential store (`credsStore`)" if kept else ""
        raise Problem(f"names {registry} without user and password{where}; {_how_to_make(registry)}")


def _is_login(login: dict[str, Any]) -> bool:
    """Whether it has `auth` (Base64 of USER:PASSWORD), or both apart, or a token."""
    user, colon, password = _decoded(login.get("auth")).partition(":")
    if (user and colon and password) or (login.get("username") and login.get("password")):
        return True
    return any(login.get(token) for token in _TOKENS)


def _how_to_make(registry: str) -> str:
    """A way on which the password is never shown, nor an argument."""
    login = f"docker --config DIR login {registry} --username USER --password-stdin < FILE-WITH-THE-TOKEN"
    return f"`{login}`, and take DIR/config.json as it is (DIR: a new directory)"


def _host(address: str) -> str:
    """The host of a key of `auths`, which may be a URL, too; Docker Hub has several."""
    host = address.partition("://")[2] or address
    host = host.partition("/")[0].lower()
    return "docker.io" if host in _DOCKER_HUB else host


def _decoded(text: object) -> str:
    try:
        return base64.b64decode(text, validate=True).decode() if isinstance(text, str) else ""
    except ValueError:
        return ""
