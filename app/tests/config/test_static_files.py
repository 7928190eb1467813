"""The names of static files, which Nginx serves."""

import re
from pathlib import Path

from django.core.management import call_command
from django.test import override_settings

from config import settings as product
from tests.config.conftest import RENDERED

HASHED = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
IMMUTABLE = re.compile(r"^/static/.+\.[0-9a-f]{8,}\.[A-Za-z0-9.]+$")


def test_nginx_lets_browsers_keep_what_pages_name(tmp_path: Path) -> None:
    rule = IMMUTABLE.pattern.replace("\\", "\\\\")
    assert f'"~{rule}"' in (RENDERED.parent / "nginx/tls.conf").read_text()
    with override_settings(STORAGES=product.STORAGES | {"staticfiles": HASHED}, STATIC_ROOT=tmp_path):
        call_command("collectstatic", verbosity=0)
    names = [f"/static/{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*.css")]
    assert sum(1 for name in names if IMMUTABLE.match(name)) == len(names) / 2
