"""Proofs and their findings, parity, cost."""
