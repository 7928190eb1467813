"""Steps that run a script.

No script holds an expression of GitHub's (`${{ }}`), which would be pasted into it as code: what
comes from outside comes as a variable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Step = dict[str, Any]


def run(name: str, *commands: str, env: Mapping[str, str] | None = None, **more: str) -> Step:
    """A step that fails with the first command that fails; `env` is known to it alone."""
    return {
        "name": name,
        **more,
        **({"env": env} if env else {}),
        "run": "\n".join(("set -euo pipefail", *commands)) + "\n",
    }


def expression(what: str) -> str:
    """What GitHub puts in its place: `secrets.NAME`, `github.ref`."""
    return f"${{{{ {what} }}}}"
