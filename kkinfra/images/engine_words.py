"""What engines and registries say when something fails, and what helps against it."""

from __future__ import annotations

import re

Words = tuple[tuple[str, str], ...]
"""Regular expressions, and what helps where one is found; the first counts."""

_SPACE = (
    r"no space left on device",
    "the engine's disk is full: `docker system df` shows of what, `docker system prune` frees what nothing uses",
)
_UNREACHABLE = (
    (
        r"no such host|connection refused|i/o timeout|TLS handshake timeout|context deadline exceeded|Client\.Timeout"
        r"|network is unreachable|no route to host|connection reset|: EOF$"
    ),
    "the engine does not reach the registry: check the image's name, and the network of the engine's machine",
)
_CERTIFICATE = (
    r"x509:|server gave HTTP response to HTTPS client",
    "the engine does not trust the registry: give it the authority's certificate as /etc/docker/certs.d/HOST/ca.crt",
)
_FAILED = (r"unexpected HTTP status: 5[0-9][0-9]|^unknown: ", "the registry itself failed (a full disk?): read its log")

FOREIGN = (
    r"exec format error",
    (
        "the engine's machine cannot run programs for {platforms}: `docker run --privileged --rm tonistiigi/binfmt "
        "--install all` lets it emulate them, or build on a machine that is such a one"
    ),
)
OF_BUILD: Words = (
    _SPACE,
    FOREIGN,
    (
        r"multi(-|ple )platforms? (build|feature) is (currently )?not supported",
        "make a builder that can (`docker buildx create --use`), or turn on Docker's containerd image store",
    ),
    (
        r"no matching manifest for|no match for platform|does not match the specified platform",
        "FROM names an image that is not there for {platforms}: choose one that is",
    ),
    (
        (
            r"manifest unknown|manifest for .* not found|pull access denied|repository does not exist|unauthorized"
            r"|denied:|no basic auth credentials"
        ),
        "FROM names an image that is not there, or is not for you: correct it, or `docker login` to its registry",
    ),
    _CERTIFICATE,
    _UNREACHABLE,
    _FAILED,
    (r"requires BuildKit", "take it out: kkinfra builds with the engine's classic builder, which every engine has"),
    (
        r"dockerfile parse error|Dockerfile .* cannot be empty|no build stage|unknown instruction",
        "correct {dockerfile}",
    ),
    (
        r"(COPY|ADD) failed: file not found|(COPY|ADD) failed: stat|(COPY|ADD) failed: no source files",
        "add the file to the context, take it out of .dockerignore, or correct the step",
    ),
    (r"network .* not found", "name a network that the engine has (`docker network ls`), or use --network host"),
    (r"returned a non-zero code: 137$", "it was killed, as for want of memory: give the engine more, or do less there"),
    (r"returned a non-zero code", "correct the step, or what it works on"),
)
OF_PUSH: Words = (
    _SPACE,
    (
        r"no basic auth credentials|unauthorized|authentication required|authorization|denied|forbidden|insufficient",
        "`docker login {registry}` as somebody who may push to {repository}",
    ),
    _CERTIFICATE,
    _UNREACHABLE,
    _FAILED,
)

ABSENT = re.compile(r"manifest unknown|not found|name unknown|NAME_UNKNOWN|MANIFEST_UNKNOWN")
"""Where a registry has no such tag, or no such repository."""

HOPELESS = re.compile(f"no basic auth credentials|{_CERTIFICATE[0]}|{_UNREACHABLE[0]}")
"""Where no push can succeed, whatever is built."""


def with_remedy(said: str, words: Words, **names: str) -> str:
    """What was said, with what helps behind it."""
    for pattern, remedy in words:
        if re.search(pattern, said, re.IGNORECASE):
            return f"{said}; {remedy.format(**names)}"
    return said
