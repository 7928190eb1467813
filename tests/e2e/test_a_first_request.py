"""From the first request to the result on the page: every part carries traffic."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

import pytest

from rehearsal.tree import ENVIRONMENT, SPEC, rehearsed
from visitor import ADDRESS

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from rehearsal.outside import Site
    from rehearsal.production import Production

SERVICES = {"webapp-blue", "celery-worker", "celery-beat", "flower", "redis", "nginx"}
PROBED_SECONDS = 60


def test_only_names_and_what_follows_from_them_differ_from_production(stack: Production) -> None:
    from kkinfra.rendering.pipeline import open_spec, render

    real = open_spec(SPEC).environments[ENVIRONMENT]
    there = render(real)
    here = render(rehearsed(stack.database.address))
    assert here.paths() == there.paths()
    for path in there.paths():
        ours, theirs = (stack.compose.directory / path).read_text(), there[path].content
        ours = ours.replace(str(stack.environment.domain), str(real.domain))
        ours = ours.replace(stack.database.address, "kkambbaki.123456789012.ap-northeast-2.rds.amazonaws.com")
        differing = [
            (one, other)
            for one, other in zip(ours.splitlines(), theirs.splitlines(), strict=True)
            if one.replace('"', "") != other and one != other and not is_digest(one)
        ]
        assert differing == [], path


def is_digest(line: str) -> bool:
    return "-hash: " in line or line.strip().startswith(("http: ", "tls: ", "return 200 "))


def test_everything_is_healthy(stack: Production) -> None:
    stack.wait_healthy()
    assert set(stack.running()) == SERVICES


def test_a_target_is_written_probed_and_shown(
    stack: Production, staff: httpx.Client, browser: httpx.Client, site: Site
) -> None:
    made = staff.post(
        "/api/targets/", json={"name": "A far site", "url": site.url, "interval_seconds": 10, "timeout_seconds": 5}
    )
    assert made.status_code == 201, made.text

    assert stack.database.query("SELECT name FROM monitor_target") == ["A far site"]

    shown = wait_for(lambda: browser.get("/?lang=en").text, "A far site", "100")
    assert "/" in site.asked_for()
    assert "All services are up" in shown
    assert int(stack.database.query("SELECT count(*) FROM monitor_probe WHERE outcome = 'ok'")[0]) >= 1


def wait_for(read: object, *wanted: str, seconds: int = PROBED_SECONDS) -> str:
    deadline = time.monotonic() + seconds
    while not all(each in (found := read()) for each in wanted):
        assert time.monotonic() < deadline, f"no {wanted} after {seconds} s in {found[:2000]}"
        time.sleep(1)
    return found


def test_the_database_is_reached_over_tls(stack: Production) -> None:
    used = stack.database.query(
        "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr <> '127.0.0.1'"
    )
    assert used == ["t"]


def test_an_incident_opens_and_closes(staff: httpx.Client, browser: httpx.Client, site: Site) -> None:
    made = staff.post(
        "/api/targets/",
        json={
            "name": "Fragile",
            "url": site.url + "fragile",
            "interval_seconds": 10,
            "timeout_seconds": 5,
            "failure_threshold": 1,
        },
    )
    assert made.status_code == 201, made.text
    site.break_()
    try:
        incidents = lambda: browser.get("/api/incidents/?open=true").text  # noqa: E731
        wait_for(incidents, "wrong_status")
    finally:
        site.mend()
    deadline = time.monotonic() + PROBED_SECONDS
    while browser.get("/api/incidents/?open=true").json()["results"]:
        assert time.monotonic() < deadline
        time.sleep(1)
    assert browser.get("/api/incidents/").json()["results"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:6379/", "http://169.254.169.254/latest/meta-data/", "http://10.8.0.1/"]
)
def test_production_does_not_probe_itself_or_its_neighbours(staff: httpx.Client, url: str) -> None:
    answer = staff.post("/api/targets/", json={"name": "Inside", "url": url})
    assert answer.status_code == 400
    assert list(answer.json()) == ["url"]


def test_nobody_but_staff_adds_targets(browser: httpx.Client, site: Site) -> None:
    assert browser.post("/api/targets/", json={"name": "Mine", "url": site.url}).status_code == 401


def test_an_unknown_name_gets_no_handshake(stack: Production) -> None:
    trusted = ssl.create_default_context(cafile=str(stack.authority))
    with (
        socket.create_connection((ADDRESS, 443), timeout=5) as connection,
        pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"),
    ):
        trusted.wrap_socket(connection, server_hostname="someone-else.example")


def test_http_leads_to_https(stack: Production) -> None:
    import httpx

    answer = httpx.get(f"http://{ADDRESS}/?a=1", headers={"Host": str(stack.environment.domain)})
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{stack.url}?a=1")


def test_the_release_is_told(browser: httpx.Client, stack: Production) -> None:
    labels = stack.engine.images.get(str(stack.environment.image)).labels
    told = browser.get("/version").json()
    assert told["revision"] == labels["org.opencontainers.image.revision"]
    assert told["release"] == labels["org.opencontainers.image.version"]


def test_the_products_own_tests_pass_on_the_real_database_and_redis(stack: Production, tmp_path: Path) -> None:
    """Its suite, as in `nox -s tests`, where SQLite and memory stand in for them."""
    import os
    import subprocess
    import sys

    database = stack.environment.stack["postgresql"]
    secret = tmp_path / "password"
    secret.write_text(stack.secrets["POSTGRES_PASSWORD"])
    real = {
        "DATABASE_HOST": stack.database.address, "DATABASE_NAME": database.database, "DATABASE_USER": database.user,
        "DATABASE_PASSWORD_FILE": str(secret), "DATABASE_SSLMODE": "require", "CACHE_URL": "redis://127.0.0.1:6379/5",
        "CELERY_BROKER_URL": "redis://127.0.0.1:6379/6", "CELERY_RESULT_BACKEND": "redis://127.0.0.1:6379/6",
    }  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd="app", env={**os.environ, **real}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
