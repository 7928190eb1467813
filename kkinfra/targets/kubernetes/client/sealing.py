"""Sealing: what only the controller of Sealed Secrets in one cluster can read.

The format is that of `HybridEncrypt` in
https://github.com/bitnami-labs/sealed-secrets/blob/main/pkg/crypto/crypto.go: a fresh AES-256 key, encrypted by
RSA-OAEP (SHA-256) with the controller's certificate, its length before it in two bytes; then the text, by AES-GCM with
that key and a nonce of zeros. The label binds it to namespace and name (strict scope).
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.errors import DeployError
from kkinfra.system import extras

if TYPE_CHECKING:
    from kkinfra.spec.secret_delivery import SealedSecrets
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.values.secret import SecretText

_KEY_BYTES, _NONCE_BYTES = 32, 12
_KUBESEAL = "`kubeseal --fetch-cert` writes one"


@dataclass(frozen=True, slots=True)
class SealingCertificate:
    """The public certificate of a controller."""

    key: Any

    def seal(self, value: SecretText, namespace: str, secret: str) -> str:
        """The ciphertext of a value, for a key of the Secret of that namespace and name; another one each time."""
        from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256

        session = secrets.token_bytes(_KEY_BYTES)
        padding = OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=f"{namespace}/{secret}".encode())
        wrapped: bytes = self.key.encrypt(session, padding)
        text = AESGCM(session).encrypt(bytes(_NONCE_BYTES), value.bytes(), None)
        return base64.b64encode(len(wrapped).to_bytes(2, "big") + wrapped + text).decode()


def certificate(pem: bytes, place: str) -> SealingCertificate:
    """Read a certificate; raises DeployError that names the `place` it came from."""
    try:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.x509 import load_pem_x509_certificate
    except ImportError as error:
        raise DeployError(
            f"sealing needs cryptography, which is not installed ({error}); {extras.remedy('sealed-secrets')}"
        ) from error
    try:
        found = load_pem_x509_certificate(pem)
    except ValueError as error:
        raise DeployError(f"{place} holds no certificate (PEM): {error}; {_KUBESEAL}") from error
    key = found.public_key()
    if not isinstance(key, RSAPublicKey):
        raise DeployError(f"the certificate in {place} has no RSA key, so it is not of Sealed Secrets; {_KUBESEAL}")
    return SealingCertificate(key)


def certificate_of(api: Api, said: SealedSecrets) -> str:
    """What the controller's service answers, through the API server's proxy; raises DeployError where it does not."""
    service = f"/api/v1/namespaces/{said.namespace}/services/http:{said.controller}:/proxy/v1/cert.pem"
    found = api.text(service, {})
    if not found:
        raise DeployError(
            f"there is no service {said.controller} in {said.namespace} that gives a certificate; correct "
            f"platform.secrets, or name a file: --certificate FILE ({_KUBESEAL})"
        )
    return found
