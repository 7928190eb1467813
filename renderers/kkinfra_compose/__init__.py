"""The compose renderer: one host, host network, the webapp in two colours."""

from __future__ import annotations

from kkinfra_compose.renderer import ComposeRenderer

__all__ = ["ComposeRenderer"]
