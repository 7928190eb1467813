"""Resources of a template: what CloudFormation is to make, by logical ID."""

from __future__ import annotations

from typing import Any

Resource = dict[str, Any]
"""A resource of a template: `Type`, `Properties`, and what else it says."""

Resources = dict[str, Resource]
"""Resources by the names that the template has for them (logical IDs)."""


def resource(kind: str, properties: dict[str, Any], **attributes: Any) -> Resource:
    """A resource of a type such as `AWS::EC2::VPC`; `attributes` stand beside its properties, as `DependsOn` does."""
    return {"Type": kind, **attributes, "Properties": properties}
