"""What the product's answers tell browsers to refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HSTS_SECONDS = 63_072_000
"""Two years, as Nginx says, too."""

SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the product speaks for its own host alone, not for what lives below it
    "security.W021",  # and only a registrable domain can be preloaded: https://hstspreload.org/#submission-requirements
]

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Nothing from elsewhere, nothing inline: https://www.w3.org/TR/CSP3/."""

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb", "browsing-topics")
)
"""No page asks for any of these: https://www.w3.org/TR/permissions-policy/."""


def speaks_tls(origins: Sequence[str], *, debug: bool) -> bool:
    """Return whether browsers reach the product by HTTPS: always, unless every trusted origin is plain HTTP."""
    if not origins:
        return not debug
    return any(origin.startswith("https://") for origin in origins)


def cookie_name(name: str, *, tls: bool) -> str:
    """Return a cookie's name; with TLS, one that no other host of the domain can set.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
    """
    return f"__Host-{name}" if tls else name
