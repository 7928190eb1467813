"""Until when a certificate is valid: in a file, and one that is shown."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading

import pytest

from kkinfra.targets.certificate import end_in, end_of, served_end
from programs import need


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 40 days, its key, and when it ends."""
    home = tmp_path_factory.mktemp("certificate")
    files = (home / "key.pem", home / "cert.pem")
    openssl = need("openssl")
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "40", "-subj", "/CN=x"]
    subprocess.run([*made, "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
    done = subprocess.run(
        [openssl, "x509", "-in", files[1], "-noout", "-enddate"], check=True, capture_output=True, text=True
    )
    return (*files, ssl.cert_time_to_seconds(done.stdout.strip().partition("=")[2]))


def test_when_a_certificate_ends(certificate):
    _, cert, ends = certificate
    assert end_in(f"Bag Attributes\n{cert.read_text()}") == ends


def test_when_a_certificate_ends_that_is_shown(certificate):
    key, cert, ends = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with context.wrap_socket(server.accept()[0], server_side=True):
                pass

        thread = threading.Thread(target=serve)
        thread.start()
        assert served_end("127.0.0.1", server.getsockname()[1]) == ends
        thread.join()


@pytest.mark.parametrize("der", [b"", b"0", b"0\x03\x02\x01\x01", b"\x30\x80", b"text" * 9])
def test_what_is_no_certificate(der):
    with pytest.raises(ValueError, match="no certificate"):
        end_of(der)
    with pytest.raises(ValueError, match="no certificate"):
        end_in(der.decode("latin-1"))
