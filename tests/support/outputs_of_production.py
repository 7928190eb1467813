"""What production's stack may have told, and the real specification that leaves its hosts to it."""

from __future__ import annotations

from checkout import SPEC_FILE
from kkinfra.spec.stack_outputs import StackOutputs

REAL = SPEC_FILE.read_text(encoding="utf-8")
TOLD = StackOutputs(
    "123456789012",
    "ap-northeast-2",
    "kkambbaki-production",
    {"DatabaseEndpoint": "db.example.org", "Address": "203.0.113.7", "DatabasePort": "5432"},
)


def left_to_the_stack(text: str = REAL) -> str:
    """The specification without production's hosts."""
    lines = [line for line in text.splitlines() if not line.strip().startswith("endpoint:")]
    return "\n".join(lines).replace("by: ssh, host: kkambbaki.singun11.wtf,", "by: ssh,") + "\n"
