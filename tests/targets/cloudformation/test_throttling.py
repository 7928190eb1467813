"""AWS that is asked too often is asked again, as botocore does it, and that is told; a server answers as AWS does."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

SPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
CALLER = f"""<GetCallerIdentityResponse xmlns="{SPACE}"><GetCallerIdentityResult>
<Arn>arn:aws:iam::999999999999:user/kim</Arn><UserId>AIDA</UserId><Account>999999999999</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
REFUSAL = f"""<ErrorResponse xmlns="{SPACE}"><Error><Type>Sender</Type><Code>{{code}}</Code>
<Message>s3ntinel</Message></Error></ErrorResponse>"""


class Answering(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        refused = self.server.refusals.pop(0) if self.server.refusals else None
        content = (REFUSAL.format(code=refused) if refused else CALLER).encode()
        self.send_response(400 if refused else 200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def refusals(monkeypatch):
    """What the server refuses, in order, before it says who asks."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3ntinel")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.refusals = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_port}")
        yield server.refusals
        server.shutdown()


def test_patience_is_told_and_the_answer_comes(refusals, kkinfra):
    refusals += ["Throttling", "Throttling"]
    done = kkinfra("provision", "production", "--yes")
    assert done.err.count("AWS asks for patience (Throttling), attempt") == 2
    assert "the AWS credentials are of account 999999999999" in done.err


def test_patience_has_an_end(refusals, kkinfra):
    refusals += ["Throttling"] * 9
    done = kkinfra("provision", "production", "--yes")
    assert (
        "error: AWS is asked too often (Throttling, sts:GetCallerIdentity), and still was after several t" in done.err
    )
    assert len(refusals) == 3


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "the AWS credentials have expired"),
        ("InvalidClientTokenId", "AWS does not accept the credentials"),
    ],
)
def test_credentials_that_are_no_good_are_told_and_not_tried_again(refusals, kkinfra, code, words):
    refusals += [code, code]
    done = kkinfra("provision", "production", "--yes")
    assert (done.code, refusals) == (1, [code])
    assert words in done.err
    assert "s3ntinel" not in done.err


def test_without_credentials_it_says_where_they_come_from(kkinfra):
    done = kkinfra("provision", "production", "--yes")
    assert "error: there are no AWS credentials here (NoCredentialsError); set AWS_PROFILE, or" in done.err
