"""Fields that are left out of the specification, because the stack's outputs say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kkinfra.spec.addresses import HostName
from kkinfra.spec.installed_models import deliveries
from kkinfra.system.project import OUTPUTS
from kkinfra.values.plain import is_mapping, value_at
from kkinfra.values.suggestions import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack_outputs import OutputsFile
    from kkinfra.values.document import Steps

NOT_YET = HostName("not-provisioned.invalid")
"""Stands for a host that nobody knows before the stack is made: a name that never leads anywhere (RFC 2606)."""


class OutputField(NamedTuple):
    """A field of an environment that nobody wrote, and the output that says it."""

    path: Steps
    output: str


def output_fields(merged: dict[str, Any]) -> Iterator[OutputField]:
    """The fields that a merged environment leaves to its stack; none where kkinfra makes nothing at AWS."""
    if value_at(merged, ("platform", "host", "account")) is None:
        return
    delivery = deliveries().get(str(value_at(merged, ("delivery", "by"))))
    for field, output in delivery.model.stack_outputs.items() if delivery else ():
        if value_at(merged, ("delivery", field)) is None:
            yield OutputField(("delivery", field), output)
    stack = merged.get("stack")
    for name, part in stack.items() if is_mapping(stack) else ():
        if [value_at(part, (key,)) for key in ("kind", "on", "endpoint")] == ["postgresql", "rds", None]:
            yield OutputField(("stack", name, "endpoint"), "DatabaseEndpoint")


def fill(merged: dict[str, Any], fields: Sequence[OutputField], found: OutputsFile | None) -> None:
    """Set the fields: to what the outputs say, or to a name that leads nowhere where they say no host."""
    for field in fields:
        here: Any = merged
        for step in field.path[:-1]:
            here = here[step]
        here[field.path[-1]] = _host(field, found) or NOT_YET


def wrong_output(field: OutputField, found: OutputsFile | None, environment: str) -> str | None:
    """What is wrong where the outputs do not say a field; None where they do."""
    if _host(field, found):
        return None
    example = f"write {field.path[-1]}: HOST"
    remedy = f"run `kkinfra provision {environment}`, which writes {environment}{OUTPUTS}, or {example}"
    if found is None:
        return f"is left to the output {field.output} of the stack, which is not known yet; {remedy}"
    if field.output not in found.said.outputs:
        return f"is left to the output {field.output}, which {found.document.file} does not have; {remedy}"
    said = shown(found.said.outputs[field.output])
    return f"is left to {found.place(field.output)}, and {said} is no host; {remedy}"


def other_stack(environment: Environment, found: OutputsFile) -> str | None:
    """What is wrong where the outputs are those of another stack than the specification's; None where they are not."""
    instance = environment.platform.instance
    if instance is None:
        return None
    mine = (environment.stack_name, instance.region, instance.account)
    theirs = (found.said.stack, found.said.region, found.said.account)
    if mine == theirs:
        return None
    told = "stack {} in {}, account {}"
    remedy = f"run `kkinfra provision {environment.name}`, or take the file away"
    return f"is about {told.format(*theirs)}, and the specification about {told.format(*mine)}; {remedy}"


def _host(field: OutputField, found: OutputsFile | None) -> HostName | None:
    try:
        return HostName.parse(found.said.outputs[field.output]) if found else None
    except (KeyError, ValueError):
        return None
