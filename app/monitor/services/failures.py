"""What went wrong with a probe, in words that hold nothing of the target's answer or of its URL."""

import logging
import os
import ssl
from collections.abc import Iterator

import httpx
from django.utils import translation

from monitor.models import Outcome
from monitor.services.address_guard import AddressRefused, DnsFailure

logger = logging.getLogger(__name__)


class TooLarge(Exception):  # noqa: N818 - the name says what happened
    """An answer of more bytes than are read."""


def explain(error: Exception) -> tuple[Outcome, str]:
    """Return the outcome that an error means, and its reason in English, as it is stored.

    Libraries' own messages quote what the target sent, so none is passed on but the operating system's and
    OpenSSL's.
    """
    outcome = next((outcome for kinds, outcome in OUTCOMES if isinstance(error, kinds)), None)
    if outcome is None:
        logger.error("a probe failed in an unforeseen way", exc_info=error)
        return Outcome.MALFORMED, f"unforeseen failure: {type(error).__name__}"
    if outcome == Outcome.CONNECTION:
        return _connection(error)
    with translation.override("en"):
        return outcome, REASONS.get(outcome) or str(error)


OUTCOMES: tuple[tuple[tuple[type[Exception], ...], Outcome], ...] = (
    ((AddressRefused,), Outcome.REFUSED),
    ((DnsFailure,), Outcome.DNS),
    ((TimeoutError, httpx.TimeoutException), Outcome.TIMEOUT),
    ((TooLarge,), Outcome.TOO_LARGE),
    ((httpx.TooManyRedirects,), Outcome.REDIRECTS),
    ((httpx.ProtocolError,), Outcome.MALFORMED),
    ((httpx.NetworkError, OSError), Outcome.CONNECTION),
)
REASONS = {
    Outcome.TIMEOUT: "no complete answer within the timeout",
    Outcome.TOO_LARGE: "the answer is larger than what is read of one",
    Outcome.REDIRECTS: "more redirects than are followed",
    Outcome.MALFORMED: "the answer is not valid HTTP, or ended too early",
}


def _connection(error: Exception) -> tuple[Outcome, str]:
    """Tell TLS from what lies below it, by what caused the error."""
    links = [link for link in _chain(error) if isinstance(link, OSError)]
    if tls := next((link for link in links if isinstance(link, ssl.SSLError)), None):
        return Outcome.TLS, _tls_reason(tls)
    numbers = [link.errno for link in links if link.errno]
    return Outcome.CONNECTION, os.strerror(numbers[-1]).lower() if numbers else "the connection was lost"


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    return (error.reason or "handshake failed").replace("_", " ").lower()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what led to it, also where a library raised one `from None`."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
