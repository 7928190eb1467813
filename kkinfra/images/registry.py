"""What a registry says of an image, asked over HTTP as any client asks it before a pull.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests and
https://distribution.github.io/distribution/spec/auth/token/.
"""

from __future__ import annotations

import base64
import json
import re
from contextlib import closing
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from kkinfra.host.images import credentials
from kkinfra.host.plain import items, mapping
from kkinfra.host.platforms import of_image, of_registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.image_reference import ImageReference

_SECONDS = 10
_MOST_BYTES = 4_000_000
"""The specification lets a registry refuse larger manifests."""

_UNAUTHORIZED = 401
_HUB = ("docker.io", "registry-1.docker.io")
_KINDS = (
    "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
)  # fmt: skip
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


def platforms(image: ImageReference, logins: Iterable[bytes] = ()) -> list[str]:
    """The platforms that its registry has an image for, as in `linux/arm64`.

    None where the registry does not answer, does not let in, or has no such image: that is for the pull to tell.
    `logins` are Docker configurations (JSON), of which the part for this registry alone is sent there.
    """
    host, name = image.registry, image.repository.removeprefix(f"{image.registry}/")
    if host == _HUB[0]:
        host, name = _HUB[1], name if "/" in name else f"library/{name}"
    scheme = "http" if re.match(r"(localhost|127\.[0-9.]+)(:|$)", host) else "https"
    at = f"{scheme}://{host}/v2/{name}"
    login = _login(image, logins)
    try:
        manifest = _document(f"{at}/manifests/{image.digest or image.tag or 'latest'}", login)
        if "manifests" in manifest:
            return of_registry({"Platforms": [mapping(each.get("platform")) for each in items(manifest["manifests"])]})
        config = _document(f"{at}/blobs/{mapping(manifest.get('config')).get('digest')}", login)
    except (OSError, HTTPException, ValueError, KeyError):
        return []
    named = {"Os": config.get("os"), "Architecture": config.get("architecture")}
    return of_image(named) if all(named.values()) else []


def _login(image: ImageReference, logins: Iterable[bytes]) -> str:
    """User and password for the registry, as HTTP's Basic scheme writes them; nothing where there are none."""
    for configuration in logins:
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(credentials(configuration, str(image)) or b"e30="))
        if found.get("username") and found.get("password"):
            return "Basic " + base64.b64encode(f"{found['username']}:{found['password']}".encode()).decode()
    return ""


def _document(url: str, login: str) -> dict[str, Any]:
    request = Request(url, headers={"Accept": ", ".join(_KINDS)})  # noqa: S310 - http or https, see above
    try:
        return _answer(request)
    except HTTPError as error:
        if error.code != _UNAUTHORIZED:
            raise
        asked_for = str(error.headers.get("WWW-Authenticate", ""))
    request.add_unredirected_header("Authorization", _authorization(asked_for, login))
    return _answer(request)


def _authorization(asked_for: str, login: str) -> str:
    """What a registry lets in; where it asks for a token, the service that it names gives one."""
    scheme, _, rest = asked_for.partition(" ")
    if scheme.lower() != "bearer":
        return login
    said = dict(_PARAMETER.findall(rest))
    if not said["realm"].startswith(("https://", "http://127.", "http://localhost")):
        raise ValueError(said["realm"])
    query = urlencode({name: said[name] for name in ("service", "scope") if name in said})
    request = Request(f"{said['realm']}?{query}")  # noqa: S310 - https, or this machine
    if login:
        request.add_unredirected_header("Authorization", login)
    found = _answer(request)
    return f"Bearer {found.get('token') or found['access_token']}"


def _answer(request: Request) -> dict[str, Any]:
    try:
        with closing(urlopen(request, timeout=_SECONDS)) as answer:  # noqa: S310 - as above
            return mapping(json.loads(answer.read(_MOST_BYTES)))
    except HTTPError as error:
        error.close()  # which Python 3.14 warns of otherwise; code and headers stay
        raise
