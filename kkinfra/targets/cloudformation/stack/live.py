"""The stack of an environment, as CloudFormation has it; the engine is asked anew each time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from kkinfra.errors import AwsError
from kkinfra.targets.cloudformation.stack.change_set import ChangeSet, read_change_set
from kkinfra.targets.cloudformation.stack.events import Event, read_event
from kkinfra.targets.cloudformation.stack.states import Stack, read_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kkinfra.targets.cloudformation.stack.api import AwsApi

_SERVICE = "cloudformation"
_BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "DELETE_IN_PROGRESS"})
CAPABILITIES = ("CAPABILITY_IAM",)
"""The template makes roles, whose names it leaves to CloudFormation."""


@dataclass(frozen=True, slots=True)
class LiveStack:
    """The stack that `api.place` names; each method raises AwsError."""

    api: AwsApi

    @property
    def name(self) -> str:
        """Its name, which is free again once it is deleted."""
        return self.api.place.stack

    def look(self, arn: str = "") -> Stack:
        """What it is now, or the one of that ARN, deleted or not; a Stack without a status where there is none."""
        found: list[dict[str, Any]] = []
        try:
            found = self.api.ask(_SERVICE, "DescribeStacks", StackName=arn or self.name)["Stacks"]
        except AwsError as error:
            if error.code != "ValidationError" or "does not exist" not in str(error):
                raise
        return read_stack(self.name, self.api.place.region, found[0] if found else {})

    def template(self) -> Any:
        """The template that it was made of, as it was given."""
        found = self.api.ask(_SERVICE, "GetTemplate", StackName=self.name, TemplateStage="Original")
        return found.get("TemplateBody")

    def failed_resources(self) -> list[str]:
        """The logical IDs of resources that are in a failed state."""
        found = self.api.each(_SERVICE, "ListStackResources", "StackResourceSummaries", StackName=self.name)
        failed = (each for each in found if str(each["ResourceStatus"]).endswith("_FAILED"))
        return sorted(str(each["LogicalResourceId"]) for each in failed)

    def newest_event(self, arn: str) -> Event | None:
        """The event that happened last."""
        return next(self._events(arn), None)

    def operation(self, arn: str, after: str = "") -> list[Event]:
        """The events of the last operation, or of all since the event `after`, in the order in which they happened."""
        found: list[Event] = []
        for event in takewhile(lambda each: each.id != after, self._events(arn)):
            found.append(event)
            if not after and event.is_of_stack and event.status in _BEGINNINGS:
                break
        return found[::-1]

    def _events(self, arn: str) -> Iterator[Event]:
        """All events, newest first, page by page as they are asked for."""
        return map(read_event, self.api.each(_SERVICE, "DescribeStackEvents", "StackEvents", StackName=arn))

    def create_change_set(self, kind: str, name: str, **given: Any) -> ChangeSet:
        """Ask for a change set of a type, which the engine then computes. Nothing of what runs is touched."""
        asked = {"ChangeSetType": kind, "ChangeSetName": name, "ClientToken": name, "Capabilities": list(CAPABILITIES)}
        made = self.api.ask(_SERVICE, "CreateChangeSet", StackName=self.name, **asked, **given)
        return ChangeSet(str(made["Id"]), str(made["StackId"]), "CREATE_PENDING")

    def change_set(self, arn: str) -> ChangeSet:
        """All of a change set, with the values of properties."""
        asked = {"ChangeSetName": arn, "IncludePropertyValues": True}
        return read_change_set(self.api.pages(_SERVICE, "DescribeChangeSet", **asked))

    def validation_errors(self, arn: str) -> list[str]:
        """What CloudFormation's own checks before a deployment found wrong, a line each."""
        found = self.api.each(
            _SERVICE, "DescribeEvents", "OperationEvents", ChangeSetName=arn, Filters={"FailedEvents": True}
        )
        return [_validation_error(each) for each in found if each.get("EventType") == "VALIDATION_ERROR"]

    def delete_change_set(self, found: ChangeSet) -> None:
        """Delete a change set, and the stack where nothing but change sets was ever made of it, and none is left."""
        self.api.ask(_SERVICE, "DeleteChangeSet", ChangeSetName=found.arn)
        if self.look(found.stack_id).standing == "new" and not self._other_change_sets(found):
            self.api.ask(_SERVICE, "DeleteStack", StackName=found.stack_id)

    def _other_change_sets(self, found: ChangeSet) -> list[str]:
        listed = self.api.each(_SERVICE, "ListChangeSets", "Summaries", StackName=found.stack_id)
        return [str(each["ChangeSetId"]) for each in listed if each["ChangeSetId"] != found.arn]

    def execute(self, found: ChangeSet, token: str) -> None:
        """Begin what a change set says; the engine refuses where the stack was changed since."""
        self.api.ask(_SERVICE, "ExecuteChangeSet", ChangeSetName=found.arn, ClientRequestToken=token)

    def identifiers(self, body: str) -> dict[str, tuple[str, ...]]:
        """By logical ID, the names of what identifies a resource of a template, where it can be imported."""
        found: dict[str, tuple[str, ...]] = {}
        summary = self.api.ask(_SERVICE, "GetTemplateSummary", TemplateBody=body)
        for each in summary.get("ResourceIdentifierSummaries", ()):
            names: Sequence[str] = each["ResourceIdentifiers"]
            found |= dict.fromkeys(each["LogicalResourceIds"], tuple(names))
        return found


def _validation_error(said: dict[str, Any]) -> str:
    where = " ".join(str(said[key]) for key in ("LogicalResourceId", "ValidationPath") if said.get(key))
    why = said.get("ValidationStatusReason") or said.get("ResourceStatusReason") or said.get("ValidationName", "")
    return f"{where}: {why}" if where else str(why)
