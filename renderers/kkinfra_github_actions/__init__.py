"""The github-actions renderer: workflows that check a pull request, and deploy what lands on main."""

from __future__ import annotations

from kkinfra_github_actions.renderer import GithubActionsRenderer

__all__ = ["GithubActionsRenderer"]
