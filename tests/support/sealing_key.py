"""The key pair of a controller of Sealed Secrets, and what its controller does with it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sealed-secret")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_KEY.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=3650))
        .sign(_KEY, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


CERTIFICATE = _certificate()


def unsealed(text: str, namespace: str, name: str) -> str:
    """The text, as HybridDecrypt of pkg/crypto/crypto.go reads it; ValueError where it is another's."""
    sealed = base64.b64decode(text)
    length = int.from_bytes(sealed[:2], "big")
    label = f"{namespace}/{name}".encode()
    scheme = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=label)
    key = _KEY.decrypt(sealed[2 : 2 + length], scheme)
    return AESGCM(key).decrypt(bytes(12), sealed[2 + length :], None).decode()
