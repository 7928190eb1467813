"""TLS on a host: the first certificate, its renewal, and what serves while there is none to be had.

The tests go on from one another on one machine, in the order in which they are written.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from deployer import outcome
from onlooker import answered_throughout
from rehearsal.host import acme as authority
from rehearsal.host import image
from rehearsal.tree import DOMAIN

DIRECTORY, NAMESPACE = "/srv/kkambbaki", "kkambbaki-production"
NGINX, UNIT = f"{NAMESPACE}-nginx-1", f"{NAMESPACE}-certbot"
CERTBOT_FILES = f"/var/lib/docker/volumes/{NAMESPACE}_letsencrypt/_data"
LINEAGE = f"{CERTBOT_FILES}/renewal/{DOMAIN}.conf"
RENEWAL_SECONDS = 300
_LEFT_ALONE = f"{DIRECTORY}/certificate.json"


@pytest.fixture(scope="module")
def trust(acme, tmp_path_factory):
    """The file of whom the authority's certificates lead to."""
    file = tmp_path_factory.mktemp("trust") / "root.pem"
    file.write_text(acme.root)
    return file


@pytest.fixture(scope="module")
def first(deployer, machine, trust):
    """What the deploy told that was the first of the machine."""
    machine.forget()
    machine.root(f"docker tag {image.CERTBOT} {authority.CERTBOT}")
    deployer.write("a")
    yield deploy(deployer, "a", trust)
    deployer.write("a")
    machine.forget()


@pytest.fixture
def host(first, deployer, trust):
    """Deploys a variant to the machine, which serves already; returns what the deploy told."""

    def host(variant, *flags, **changes):
        deployer.write(variant, changes)
        return deploy(deployer, variant, trust, *flags)

    return host


def deploy(deployer, variant, trust, *flags):
    done = deployer.deploy(variant, "-o", "json", *flags, SSL_CERT_FILE=str(trust) if trust else None)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "acct" not in done.stdout + done.stderr
    return outcome(done)


def nginx_takes(megabytes):
    return {"nginx": {"max_body": f"{megabytes}MB"}}


@contextmanager
def no_authority(machine):
    """Nobody answers where the machine asks for certificates."""
    units = f"forward-{authority.PORT}.socket forward-{authority.PORT}.service"
    machine.root(f"systemctl stop {units}")
    try:
        yield
    finally:
        machine.root(f"systemctl start forward-{authority.PORT}.socket")


def journal(machine):
    """The lines of the newest run's journal."""
    newest = machine.root(f"ls -d {DIRECTORY}/runs/2* | tail -1").strip()
    return [json.loads(line) for line in machine.root(f"cat {newest}/journal.jsonl").splitlines()]


def begun(machine):
    """The steps of the newest run, with what is said of each."""
    return [(line["step"], line["text"]) for line in journal(machine) if line["kind"] == "begin"]


def asked(port, path="/healthz/live", trust=None):
    """What the machine answers under its name: over TLS where somebody is trusted."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.connect()
        if trust is not None:
            context = ssl.create_default_context(cafile=str(trust))
            connection.sock = context.wrap_socket(connection.sock, server_hostname=DOMAIN)
        connection.request("GET", path, headers={"Host": DOMAIN})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode().strip()
    finally:
        connection.close()


def release(machine, trust):
    """The release that answers over TLS, to whoever trusts the authority."""
    status, headers, _ = asked(machine.https_port, trust=trust)
    assert status == 200
    return headers["X-Release"]


def shown(machine):
    """The certificate that Nginx shows now."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", machine.https_port), timeout=15)
    with context.wrap_socket(plain, server_hostname=DOMAIN) as encrypted:
        return encrypted.getpeercert(binary_form=True)


def kept(machine):
    """The certificate that certbot keeps for the domain."""
    chain = machine.root(f"cat {CERTBOT_FILES}/live/{DOMAIN}/fullchain.pem")
    end = "-----END CERTIFICATE-----\n"
    return ssl.PEM_cert_to_DER_cert(chain[: chain.index(end) + len(end)])


def identity(machine):
    """The digest of the configuration that Nginx serves, as it says itself."""
    url = f"http://127.0.0.1:{released(machine)['identity_port']}/-/identity"
    ask = f"from urllib.request import urlopen; print(urlopen('{url}', timeout=15).read().decode())"
    return machine.root(f'python3 -c "{ask}"').strip()


def tls_identity(machine):
    """The same, as the release that serves wants it under TLS."""
    return released(machine)["identities"]["tls"]


def released(machine):
    """What the release that serves says of Nginx."""
    return json.loads(machine.root(f"cat {DIRECTORY}/current/release.json"))["nginx"]


def nginx(machine, fact="Id"):
    return machine.root(f"docker inspect --format '{{{{.{fact}}}}}' {NGINX}").strip()


def workers(machine):
    """The processes that answer; a reload replaces them."""
    lines = machine.root(f"docker top {NGINX} -eo pid,args").splitlines()
    return {line.split()[0] for line in lines if "worker process" in line and "shutting down" not in line}


def renew(machine):
    """Start the unit that renews, and return the exit code of what it ran, and what that said."""
    began = machine.root("journalctl --sync; date '+%Y-%m-%d %H:%M:%S.%N'").strip()
    machine.root(f"systemctl start {UNIT}.service || true", seconds=RENEWAL_SECONDS)
    code = machine.root(f"systemctl show --property=ExecMainStatus --value {UNIT}.service").strip()
    said = machine.root(f"journalctl --sync; journalctl --output=cat --unit={UNIT}.service --since='{began}'")
    assert "acct" not in said
    return int(code), said


@contextmanager
def due(machine):
    """Certbot takes the certificate for one that ends soon."""
    machine.root(f"sed -i 's/^.*renew_before_expiry.*/renew_before_expiry = 36500 days/' {LINEAGE}")
    try:
        yield
    finally:
        machine.root(f"sed -i 's/^renew_before_expiry.*/# renew_before_expiry = 30 days/' {LINEAGE}")


def test_the_first_deploy_serves_over_http_and_goes_on_with_tls_by_a_reload(first, machine):
    assert first["stage"] == "tls"
    assert first["warnings"] == []
    steps = begun(machine)
    assert ("nginx", "is not there: starts again, with http") in steps
    assert [name for name, _ in steps].count("nginx") == 1
    assert steps[-1] == ("certificate", "certbot")
    asked_at = next(line["at"] for line in journal(machine) if line.get("step") == "certificate")
    started_at = datetime.fromisoformat(nginx(machine, "State.StartedAt")[:26]).replace(tzinfo=UTC).timestamp()
    assert started_at < asked_at
    assert identity(machine) == tls_identity(machine)


def test_who_trusts_the_authority_is_answered_over_tls_and_led_there(first, machine, trust):
    assert first["outside"] == "200"
    assert release(machine, trust) == "a"
    status, headers, _ = asked(machine.http_port)
    assert status in {301, 308}
    assert headers["Location"].startswith(f"https://{DOMAIN}")


def test_status_tells_how_long_the_certificate_is_good(first, deployer):
    done = deployer.run("status", "production")
    assert done.returncode == 0, done.stdout
    assert "  certificate of " in done.stdout
    assert "(90 days)" in done.stdout or "(89 days)" in done.stdout


def test_private_keys_are_for_root_alone(first, machine):
    found = f"find {CERTBOT_FILES} -type f \\( -name 'privkey*' -o -name 'private_key.json' -o -path '*/keys/*' \\)"
    modes = machine.root(f"{found} -printf '%U:%G %m %f\\n'").splitlines()
    assert len(modes) >= 3
    assert all(mode.startswith(("0:0 600 ", "0:0 400 ")) for mode in modes), modes


def test_nothing_of_the_account_is_in_what_the_host_keeps_of_its_runs(first, machine):
    account = machine.root(f"basename $(dirname $(find {CERTBOT_FILES}/accounts -name private_key.json))").strip()
    assert len(account) == 32
    assert machine.root(f"grep -rlE '{account}|acct' {DIRECTORY}/runs {DIRECTORY}/*.json* || true") == ""


def test_a_timer_renews_twice_a_day_and_makes_up_for_what_it_missed(first, machine):
    told = machine.root(f"systemctl show --property=UnitFileState,ActiveState,Persistent,TimersCalendar {UNIT}.timer")
    assert {"UnitFileState=enabled", "ActiveState=active", "Persistent=yes"} <= set(told.splitlines())
    assert told.count("OnCalendar=") == 2
    assert "OnCalendar=*-*-* 03:00:00 UTC" in told
    assert "OnCalendar=*-*-* 15:00:00 UTC" in told


def test_a_renewal_before_it_is_due_reloads_nothing(first, machine):
    before, certificate = workers(machine), kept(machine)
    code, said = renew(machine)
    assert code == 0, said
    assert "the certificate on the disk is the one that is served" in said
    assert (workers(machine), kept(machine)) == (before, certificate)


def test_a_renewed_certificate_is_shown_and_no_visitor_notices(first, machine, trust):
    before, container = shown(machine), nginx(machine)
    with due(machine), answered_throughout(machine, trust):
        code, said = renew(machine)
    assert code == 0, said
    assert "a new certificate is served" in said
    assert shown(machine) == kept(machine) != before
    assert nginx(machine) == container
    assert release(machine, trust) == "a"


def test_a_renewal_that_nginx_does_not_take_up_fails_and_the_next_one_makes_up_for_it(first, machine):
    before = shown(machine)
    machine.root(f"docker kill --signal STOP {NGINX}")
    try:
        with due(machine):
            code, said = renew(machine)
        assert code == 1, said
        assert "does not show the certificate that is on the disk" in said
        assert shown(machine) == before != kept(machine)
    finally:
        machine.root(f"docker kill --signal CONT {NGINX}")
    code, said = renew(machine)
    assert code == 0, said
    assert shown(machine) == kept(machine)


def test_a_renewal_without_an_authority_fails_and_leaves_it_alone_for_an_hour(first, machine):
    before = shown(machine)
    try:
        with due(machine), no_authority(machine):
            code, said = renew(machine)
        assert code == 1, said
        assert "certbot exited with 1" in said
        left = json.loads(machine.root(f"cat {_LEFT_ALONE}"))
        assert left["failures"] == 1
        assert 3000 < left["until"] - time.time() <= 3600
        with due(machine):
            code, said = renew(machine)
        assert code == 0
        assert "left alone until" in said
        assert shown(machine) == kept(machine) == before
    finally:
        machine.root(f"rm -f {_LEFT_ALONE}")


def test_another_configuration_of_nginx_is_loaded_under_tls(host, machine, trust):
    before, container = identity(machine), nginx(machine)
    with answered_throughout(machine, trust):
        host("a", stack=nginx_takes(7))
    assert before != identity(machine) == tls_identity(machine)
    assert nginx(machine) == container
    assert ("nginx", "reload, with tls") in begun(machine)
    assert "certificate" not in dict(begun(machine))


def test_another_release_under_tls_loses_no_request(host, machine, trust):
    with answered_throughout(machine, trust) as onlooker:
        host("b", stack=nginx_takes(7))
    assert onlooker.releases == ["a", "b"]


def test_a_certificate_that_was_lost_is_asked_for_anew_while_nginx_shows_it_still(host, machine, trust):
    before = shown(machine)
    machine.root(f"rm -r {CERTBOT_FILES}/live")
    with answered_throughout(machine, trust):
        told = host("b", stack=nginx_takes(8))
    assert told["stage"] == "tls"
    assert told["warnings"] == []
    assert shown(machine) == kept(machine) != before
    assert release(machine, trust) == "b"
    assert identity(machine) == tls_identity(machine)
    assert [name for name in dict(begun(machine)) if name in {"certificate", "nginx"}] == ["certificate", "nginx"]


def test_a_lost_one_that_is_not_to_be_had_is_shown_as_long_as_nginx_runs(host, deployer, machine, trust):
    before = shown(machine)
    machine.root(f"rm -r {CERTBOT_FILES}/live")
    with no_authority(machine), answered_throughout(machine, trust):
        told = host("a", stack=nginx_takes(8))
    (warning,) = told["warnings"]
    assert "Nginx alone has it still, until it starts again: certbot exited with 1" in warning
    assert shown(machine) == before
    assert release(machine, trust) == "a"
    status = deployer.run("status", "production")
    assert status.returncode == 1
    assert "is lost, and shown until Nginx starts again" in status.stdout


def test_without_an_authority_http_is_served_and_a_warning_says_why(host, deployer, machine):
    machine.root(f"rm -rf {_LEFT_ALONE} {CERTBOT_FILES}/*; docker rm --force {NGINX}")
    with no_authority(machine):
        told = host("a", stack=nginx_takes(8))
    assert told["stage"] == "http"
    (warning,) = told["warnings"]
    assert "there is no certificate, so it is served over HTTP: certbot exited with 1" in warning
    assert "refused" in warning
    assert json.loads(machine.root(f"cat {_LEFT_ALONE}"))["failures"] == 1
    assert asked(machine.http_port)[0] == 200
    status = deployer.run("status", "production")
    assert status.returncode == 1
    assert "is not there yet, so HTTP alone is served; not asked for again before" in status.stdout


def test_within_the_hour_after_that_the_next_deploy_does_not_ask_again(host, machine):
    told = host("a", stack=nginx_takes(9))
    assert told["stage"] == "http"
    (warning,) = told["warnings"]
    assert "no certificate is asked for before" in warning
    assert "certificate" not in dict(begun(machine))
    assert json.loads(machine.root(f"cat {_LEFT_ALONE}"))["failures"] == 1


def test_who_insists_has_it_rehearsed_and_then_asked_for_and_need_not_trust_it(first, deployer, machine, trust):
    container = nginx(machine)
    deployer.write("a", {"stack": nginx_takes(9)})
    told = deploy(deployer, "a", None, "--retry-certificate", "--staging-first")
    assert told["stage"] == "tls"
    assert told["warnings"] == []
    assert told["outside"].startswith("200, with a certificate that is not trusted here: ")
    assert [text for step, text in begun(machine) if step == "certificate"] == ["certbot --dry-run", "certbot"]
    assert release(machine, trust) == "a"
    assert nginx(machine) == container
    assert machine.root(f"ls {_LEFT_ALONE} 2>/dev/null || true") == ""
