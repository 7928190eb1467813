"""Whatever is wrong with a secret, nothing that is printed, raised or kept for a traceback holds any of it."""

from __future__ import annotations

import base64
import gc
import json
import os

import pytest

from kkinfra.cli.main import main
from kkinfra.errors import SecretError
from kkinfra.secrets.needs import needed_secrets
from kkinfra.secrets.sources import look_up, read_secrets

SENTINEL = "s3ntinel-9f1c4e"
FORMS = (SENTINEL, base64.b64encode(SENTINEL.encode()).decode()[:16])
WRONG = {
    "nothing": SENTINEL,
    "no UTF-8": SENTINEL.encode() + b"\xff",
    "a NUL byte": SENTINEL.encode() + b"\0",
    "too long": SENTINEL * 5000,
    "no login": json.dumps({"auths": {"ghcr.io": {"username": SENTINEL}}}),
    "broken JSON": f'{{"auths": {{"ghcr.io": {{"password": "{SENTINEL}"',
    "an odd key": json.dumps({"auths": {SENTINEL: {"auth": SENTINEL}}}),
    "no Base64": json.dumps({"auths": {"ghcr.io": {"auth": f"{SENTINEL}!"}}}),
    "a login of bytes": json.dumps(
        {"auths": {"ghcr.io": {"auth": base64.b64encode(b"\xff" + SENTINEL.encode()).decode()}}}
    ),
}
SOURCES = {
    "a variable": "{env: HELD}",
    "a file": "{file: held}",
    "an open file": "{file: open}",
    "SOPS": "{sops: held.sops.yaml}",
    "SOPS that fails": "{sops: failing.sops.yaml}",
    "SOPS that says nonsense": "{sops: nonsense.sops.yaml}",
}
SOPS = f"""#!/bin/sh
echo "Error: {SENTINEL}" >&2
case "$4" in
failing*) exit 1;;
nonsense*) echo '{{"A": "{SENTINEL}"';;
*) cat held.json;;
esac
"""


@pytest.fixture
def planted(project, monkeypatch, request):
    """The sentinel in every source; all secrets come from the one that the test is about."""
    source, wrong = request.param
    content = WRONG[wrong] if isinstance(WRONG[wrong], bytes) else WRONG[wrong].encode()
    if b"\0" not in content:
        monkeypatch.setitem(os.environb, b"HELD", content)
    project.write("held", content)
    project.write("open", content, 0o644)
    named = {"REGISTRY_DOCKERCONFIG", "POSTGRES_PASSWORD", "DJANGO_SECRET_KEY"}
    project.write("held.json", json.dumps({name: content.decode(errors="replace") for name in named}))
    project.write("bin/sops", SOPS, 0o700)
    monkeypatch.setenv("PATH", f"{project.path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    text = project.spec.read_text()
    for name in named:
        text = text.replace(f"{{env: {name}}}", SOURCES[source])
    project.spec.write_text(text)
    return project


def everything_in(error):
    """The texts that a traceback, a debugger or an error service shows of an error and of what is behind it."""
    seen, waiting = [], [error]
    while waiting:
        here = waiting.pop()
        if here is None or here in seen:
            continue
        seen.append(here)
        waiting += [here.__cause__, here.__context__]
        carried = (here.args, vars(here), getattr(here, "object", ""), getattr(here, "doc", ""))
        yield f"{here!s} {here!r} {carried!r}"


ALL = pytest.mark.parametrize(
    "planted", [(source, wrong) for source in SOURCES for wrong in WRONG], indirect=True, ids=str
)


@ALL
def test_no_error_holds_it(planted):
    with pytest.raises(SecretError) as raised:
        read_secrets(planted.environment(), str(planted.path))
    found = look_up(planted.environment(), str(planted.path), needed_secrets(planted.environment()))
    for error in (raised.value, *(secret for secret in found.values() if isinstance(secret, Exception))):
        for text in everything_in(error):
            assert not [form for form in FORMS if form in text], text
    assert not [form for form in FORMS if form in str(found)]


@ALL
@pytest.mark.parametrize("flags", [(), ("-v",), ("-q",), ("-o", "json")])
def test_no_output_shows_it(planted, kkinfra, flags):
    done = kkinfra("secrets", "check", "production", *flags)
    assert done.code == 1
    assert not [form for form in FORMS if form in done.output + done.errors]


@pytest.mark.parametrize("planted", [("a variable", "broken JSON")], indirect=True)
def test_no_traceback_shows_it(planted, monkeypatch):
    monkeypatch.setenv("KKINFRA_DEBUG", "1")
    with pytest.raises(SecretError) as raised:
        main(["secrets", "check", "production"])
    gc.enable()
    assert SENTINEL not in str(raised.getrepr(style="long"))


@pytest.mark.parametrize("planted", [("a file", "nothing")], indirect=True)
def test_the_sentinel_is_where_a_leak_would_find_it(planted):
    found = read_secrets(planted.environment(), str(planted.path), ["POSTGRES_PASSWORD"])
    assert found["POSTGRES_PASSWORD"].reveal() == SENTINEL
    with pytest.raises(ValueError, match="Expecting") as raised:
        json.loads(SENTINEL)
    assert SENTINEL in "".join(everything_in(raised.value))
