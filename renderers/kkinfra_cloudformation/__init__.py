"""The cloudformation renderer: one stack of the host, its network and its database."""

from __future__ import annotations

from kkinfra_cloudformation.renderer import CloudFormationRenderer

__all__ = ["CloudFormationRenderer"]
