"""TLS as Mozilla's guideline 6.0 has it (intermediate): https://ssl-config.mozilla.org/guidelines/6.0.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_nginx.directive import Directive, line

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.names import Version
    from kkinfra.spec.stack import Nginx

CERTIFICATES = "/etc/letsencrypt"
"""Where Certbot keeps its certificates."""

_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
)  # fmt: skip
_CURVES = "X25519:prime256v1:secp384r1"  # X25519MLKEM768 stops Nginx below OpenSSL 3.5
_HTTP2_DIRECTIVE = (1, 25, 1)  # https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2


def guideline() -> list[Directive]:
    """Protocols, ciphers and sessions, said once for all servers."""
    return [
        line("ssl_protocols", "TLSv1.2", "TLSv1.3"),
        line("ssl_ciphers", ":".join(_CIPHERS)),
        line("ssl_ecdh_curve", _CURVES),
        line("ssl_prefer_server_ciphers", "off"),
        line("ssl_session_timeout", "1d"),
        line("ssl_session_cache", "shared:tls:4m"),
        line("ssl_session_tickets", "off"),
    ]


def listen(nginx: Nginx, *flags: str) -> list[Directive]:
    """HTTPS with HTTP/2: a directive of its own since 1.25.1, a flag of `listen` before."""
    if has_http2_directive(nginx.version):
        return [line("listen", nginx.https_port, "ssl", *flags), line("http2", "on")]
    return [line("listen", nginx.https_port, "ssl", "http2", *flags)]


def has_http2_directive(version: Version) -> bool:
    """A version that is not written out (`1.25`, `1`) is the newest of its kind, as an image's tag is."""
    return version.numbers >= _HTTP2_DIRECTIVE[: len(version.numbers)]


def certificate(environment: Environment) -> list[Directive]:
    """The certificate and its key, under the names Certbot gives them."""
    live = f"{CERTIFICATES}/live/{environment.domain}"
    return [line("ssl_certificate", f"{live}/fullchain.pem"), line("ssl_certificate_key", f"{live}/privkey.pem")]
