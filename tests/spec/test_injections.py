"""What could break out of a rendered file is refused where a name belongs, with its place."""

import pytest

from kkinfra.spec.loading import resolve, resolve_document
from kkinfra.values.document import parse
from real_spec import MARK, changed, errors, marked

INJECTIONS = ["a;b", "a\nb", "$(id)", "`id`", "{{ x }}", "a'b", 'a"b', "a b", "a\\b", "../a", "a|b", "a\x00b"]
PLACES = {
    "domain: kkambbaki.singun11.wtf": "environments.production.domain",
    "directory: /srv/kkambbaki": "environments.production.platform.directory",
    "directory: /app/static": "stack.static-files.directory",
    "url: /static/": "stack.static-files.url",
    "email: ops@example.org": "environments.production.tls.email",
    "user: deploy": "environments.production.delivery.user",
    "host: kkambbaki.singun11.wtf": "environments.production.delivery.host",
    "resolver: letsencrypt": "environments.alpha.tls.resolver",
    "branch: main": "environments.alpha.delivery.branch",
    "path: /export/kkambbaki": "environments.alpha.platform.storage.path",
    "path: alpha": "environments.alpha.delivery.path",
    "asgi: config.asgi:application": "stack.webapp.asgi",
    "database: kkambbaki": "stack.postgresql.database",
    "image: ghcr.io/example/kkambbaki:1.0.0": "image",
    "repository: https://git.example.org/kkambbaki-infra.git": "environments.alpha.delivery.repository",
    "region: ap-northeast-2": "environments.production.platform.host.region",
    "instance_type: t2.micro": "environments.production.platform.host.instance_type",
    "queues: [celery]": "stack.celery-worker.queues[0]",
}


@pytest.mark.parametrize("written", PLACES)
@pytest.mark.parametrize("injection", INJECTIONS)
def test_injections_are_located(written: str, injection: str) -> None:
    key, _, value = written.partition(": ")
    quoted = '"' + injection.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\x00", "\\0") + '"'
    new = f"{key}: [{MARK}{quoted}]" if value.startswith("[") else f"{key}: {MARK}{quoted}"
    text, place = marked(changed(written, new))
    found = errors(text)
    assert len(found) == 1
    assert found[0].startswith(f"{place} {PLACES[written]}: ")
    assert found[0].isprintable()


@pytest.mark.parametrize("injection", ["a\nb", "a\x00b", "a\x1b[2Jb", "a\u2028b"])
def test_settings_and_commands_take_no_control_characters(injection: str) -> None:
    escaped = injection.encode("unicode_escape").decode().replace("\\u2028", "\\L")
    for old, key in (("TIME_ZONE: Asia/Seoul", "TIME_ZONE: "), ("[python, manage.py,", "[")):
        new = f'{key}{MARK}"{escaped}"' + ("," if key == "[" else "")
        text, place = marked(changed(old, new))
        assert len(errors(text)) == 1
        assert errors(text)[0].startswith(str(place))
        assert "control character; take it out" in errors(text)[0]


def test_settings_take_whatever_else_is_text() -> None:
    for value in ("a;b", "$(id)", "`id`", "{{ x }}", "a'b", "a|b", "가"):
        spec = resolve_document(parse(changed("TIME_ZONE: Asia/Seoul", f'TIME_ZONE: "{value}"'), "f"), "f")
        assert resolve(spec, "alpha").settings["TIME_ZONE"] == value
