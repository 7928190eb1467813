"""What judges find in the template and is accepted, with the reason, in the metadata that they read.

https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html,
https://github.com/aws-cloudformation/cfn-lint#resource-based-metadata
"""

from __future__ import annotations

from typing import Any


def accepted(**reasons: str) -> dict[str, Any]:
    """The metadata of a resource: the reasons by the checks' identifiers; none where there are none.

    checkov's begin with `CKV`; the others are cfn-lint's, which has no field for a reason and reads past it.
    """
    checkov = [{"id": check, "comment": reason} for check, reason in reasons.items() if check.startswith("CKV")]
    lint = {check: reason for check, reason in reasons.items() if not check.startswith("CKV")}
    found = {
        **({"cfn-lint": {"config": {"ignore_checks": list(lint)}, "reasons": lint}} if lint else {}),
        **({"checkov": {"skip": checkov}} if checkov else {}),
    }
    return {"Metadata": found} if found else {}
