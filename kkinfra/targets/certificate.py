"""Until when a certificate is valid: one that a server shows, or one in a file; and its line for people."""

from __future__ import annotations

import re
import socket
import ssl
from calendar import timegm
from time import strptime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY = 86_400
_SOON_DAYS = 21
"""Authorities of 90 days renew 30 days before the end; a certificate that is closer was not renewed."""

_SECONDS = 5
_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_LONG_FORM = 0x80
_VALIDITY = 3
"""Its place after the version: serial number, algorithm, issuer, validity (RFC 5280, 4.1)."""

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


def is_late(ends: float, now: float) -> bool:
    """Whether a certificate should have been renewed; times in seconds since 1970."""
    return (ends - now) / _DAY < _SOON_DAYS


def end_text(what: str, until: str, ends: float, now: float) -> str:
    """When a certificate ends, in words, and that it was not renewed where it is late."""
    late = ": it was not renewed" if is_late(ends, now) else ""
    return f"{what} until {until} ({(ends - now) / _DAY:.0f} days){late}"


def served_end(domain: str, port: int = 443) -> float:
    """When the certificate ends that is shown for a domain, whoever signed it; raises OSError where none is seen."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # the question is what is shown, not by whom
    with socket.create_connection((domain, port), timeout=_SECONDS) as plain, \
            trust.wrap_socket(plain, server_hostname=domain) as encrypted:  # fmt: skip
        shown = encrypted.getpeercert(binary_form=True)
    if not shown:
        raise OSError("no certificate is shown")
    return end_of(shown)


def end_in(pem: str) -> float:
    """When the first certificate of a PEM text ends; raises ValueError where there is none."""
    found = _PEM.search(pem)
    if found is None:
        raise ValueError("there is no certificate in it")
    return end_of(ssl.PEM_cert_to_DER_cert(found[0]))


def end_of(der: bytes) -> float:
    """When a certificate (DER) ends, in seconds since 1970; raises ValueError where it is none."""
    try:
        signed = next(_parts(_only(der)))[1]
        fields = [each for each in _parts(signed) if each[0] != _VERSION]
        _, (kind, written) = _parts(fields[_VALIDITY][1])
    except (IndexError, StopIteration, ValueError) as error:
        raise ValueError("it is no certificate") from error
    text = written.decode("ascii", "replace")
    if kind == _UTC_TIME:  # years 1950 to 2049: RFC 5280, 4.1.2.5.1
        text = f"{'19' if text[:2] >= '50' else '20'}{text}"
    elif kind != _GENERALIZED_TIME:
        raise ValueError("it is no certificate")
    return float(timegm(strptime(text, "%Y%m%d%H%M%SZ")))


def _only(der: bytes) -> bytes:
    (kind, content), *_ = _parts(der)
    if kind != _SEQUENCE:
        raise ValueError("it is no certificate")
    return content


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element, as DER writes them (X.690, 8.1)."""
    while content:
        size, start = content[1], 2
        if size & _LONG_FORM:
            start += size & ~_LONG_FORM
            size = int.from_bytes(content[2:start], "big")
        yield content[0], content[start : start + size]
        content = content[start + size :]
