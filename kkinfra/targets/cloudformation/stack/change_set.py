"""A change set as CloudFormation describes it, as typed changes.

Shapes: DescribeChangeSet with IncludePropertyValues, and ResourceChange, ResourceChangeDetail, ResourceTargetDefinition
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from kkinfra.host.plain import items, mapping
from kkinfra.targets.cloudformation.stack.values import read_value, user_data, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["add", "change", "replace", "may replace", "remove", "import", "dynamic"]
"""What becomes of a resource; `dynamic`: the engine decides while it executes."""

Recreation = Literal["never", "conditionally", "always"]

_ACTIONS: Mapping[str, Kind] = {"Add": "add", "Remove": "remove", "Import": "import", "Dynamic": "dynamic"}
_REPLACEMENTS: Mapping[str, Kind] = {"True": "replace", "Conditional": "may replace"}
_RECREATIONS: Mapping[str, Recreation] = {"Always": "always", "Conditionally": "conditionally"}
_STRICTEST: tuple[Recreation, ...] = ("never", "conditionally", "always")
_UNCHANGED = (
    "didn't contain changes", "No updates are to be performed", "There are no changes to execute",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """A property or another attribute of a resource, from what to what; None where the engine tells no value.

    `causes` are the resources, their attributes (`Host.PublicIp`) and the parameters that it comes from. `is_dynamic`:
    the value is known only once the cause has changed, and it may turn out not to change at all.
    """

    attribute: str
    path: str
    before: Any = None
    after: Any = None
    recreation: Recreation = "never"
    is_dynamic: bool = False
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What becomes of one resource of a stack.

    `policy` is what happens to the physical resource that goes: `Delete`, `Retain`, `Snapshot`, or one of these after
    `ReplaceAnd`; empty where the engine says nothing. `before` and `after` are the whole resource, where it is told.
    `drift` is how it differs from its template by somebody else's hand, where the engine knows.
    """

    logical_id: str
    type: str
    kind: Kind
    physical_id: str = ""
    scope: tuple[str, ...] = ()
    policy: str = ""
    properties: tuple[PropertyChange, ...] = ()
    before: Any = None
    after: Any = None
    drift: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the physical resource that goes out of the stack stays in AWS."""
        return self.policy.endswith("Retain")

    @property
    def has_snapshot(self) -> bool:
        """Whether a snapshot is made of the physical resource before it goes."""
        return self.policy.endswith("Snapshot")


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set, and its stack, by ARN; `status`, `execution` and `reason` are the engine's own words."""

    arn: str
    stack_id: str
    status: str = ""
    execution: str = ""
    reason: str = ""
    name: str = ""
    changes: tuple[ResourceChange, ...] = ()

    @property
    def is_pending(self) -> bool:
        """Whether the engine still computes it."""
        return self.status in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}

    @property
    def is_empty(self) -> bool:
        """Whether the engine made none since nothing would change."""
        return self.status == "FAILED" and any(words in self.reason for words in _UNCHANGED)


def read_change_set(pages: Iterable[Mapping[str, Any]]) -> ChangeSet:
    """The change set that the pages of an answer describe; what is missing in them is empty, and nothing is dropped."""
    found = list(pages)
    first: Mapping[str, Any] = found[0] if found else {}
    changes = [mapping(each) for page in found for each in items(page.get("Changes"))]
    return ChangeSet(
        arn=str(first.get("ChangeSetId", "")),
        stack_id=str(first.get("StackId", "")),
        status=str(first.get("Status", "")),
        execution=str(first.get("ExecutionStatus", "")),
        reason=str(first.get("StatusReason", "")),
        name=str(first.get("ChangeSetName", "")),
        changes=tuple(_resource(mapping(each.get("ResourceChange"))) for each in changes),
    )


def _resource(said: Mapping[str, Any]) -> ResourceChange:
    return ResourceChange(
        logical_id=str(said.get("LogicalResourceId", "")),
        type=str(said.get("ResourceType", "")),
        kind=_kind(said),
        physical_id=str(said.get("PhysicalResourceId", "")),
        scope=tuple(str(each) for each in items(said.get("Scope"))),
        policy=str(said.get("PolicyAction", "")),
        properties=_properties(items(said.get("Details"))),
        before=_value("", said.get("BeforeContext")),
        after=_value("", said.get("AfterContext")),
        drift=str(said.get("ResourceDriftStatus", "")),
    )


def _kind(said: Mapping[str, Any]) -> Kind:
    """Modify and SyncWithActual are changes in place unless a replacement is told; what AWS adds later is dynamic."""
    action = str(said.get("Action", ""))
    if action in {"Modify", "SyncWithActual"}:
        return _REPLACEMENTS.get(str(said.get("Replacement", "")), "change")
    return _ACTIONS.get(action, "dynamic")


def _properties(details: Iterable[Any]) -> tuple[PropertyChange, ...]:
    """One change for each property: the engine tells it once for each of its causes, and only one has the values."""
    found: dict[tuple[str, str], PropertyChange] = {}
    for detail in map(mapping, details):
        change = _property(detail)
        key = change.attribute, change.path
        found[key] = _joined(found[key], change) if key in found else change
    return tuple(found.values())


def _property(detail: Mapping[str, Any]) -> PropertyChange:
    target = mapping(detail.get("Target"))
    attribute = str(target.get("Attribute", ""))
    path = (
        str(target.get("Path") or target.get("Name") or "").removeprefix(f"/{attribute}/").strip("/").replace("/", ".")
    )
    cause = str(detail.get("CausingEntity", ""))
    return PropertyChange(
        attribute=attribute,
        path=path,
        before=_value(path, target.get("BeforeValue")),
        after=_value(path, target.get("AfterValue")),
        recreation=_RECREATIONS.get(str(target.get("RequiresRecreation", "")), "never"),
        is_dynamic=detail.get("Evaluation") == "Dynamic",
        causes=(cause,) if cause else (),
    )


def _value(path: str, text: Any) -> Any:
    value = without_secrets(path, read_value(text))
    return user_data(value) if path == "UserData" else value


def _joined(one: PropertyChange, other: PropertyChange) -> PropertyChange:
    return replace(
        one,
        before=other.before if one.before is None else one.before,
        after=other.after if one.after is None else one.after,
        recreation=max(one.recreation, other.recreation, key=_STRICTEST.index),
        is_dynamic=one.is_dynamic and other.is_dynamic,
        causes=tuple(dict.fromkeys((*one.causes, *other.causes))),
    )
