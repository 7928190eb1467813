"""A certificate authority of the rehearsal's own, and a certificate from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path


def issue(directory: Path, name: str, *further: str) -> Path:
    """Write `fullchain.pem` and `privkey.pem` for a name or address, and `ca.pem`; returns the last."""
    directory.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    certificate = authority.issue_cert(name, *further, common_name=name)
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    (directory / "fullchain.pem").write_bytes(chain)
    (directory / "privkey.pem").write_bytes(certificate.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    return directory / "ca.pem"
