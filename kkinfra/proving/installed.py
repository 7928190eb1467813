"""The proofs that are installed: the entry points of `kkinfra.proofs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import ProofError
from kkinfra.system.entry_points import installed

if TYPE_CHECKING:
    from kkinfra.proving.proof import AnyProof

GROUP = "kkinfra.proofs"


def load_proofs() -> dict[str, AnyProof]:
    """All installed proofs by name, sorted; raises ProofError for one that cannot be loaded."""
    proofs: dict[str, AnyProof] = {}
    for name, place, proof in installed(GROUP, "proof", ProofError):
        if not (hasattr(proof, "rules") and (hasattr(proof, "prove") or hasattr(proof, "compare"))):
            raise ProofError(f"the proof {name!r} ({place}) is none: it needs rules, and prove or compare")
        proofs[name] = proof
    return proofs
