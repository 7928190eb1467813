"""Which changes of a change set would lose data, or an address: they stop unless somebody names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kkinfra.errors import DeployError
from kkinfra.values.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from kkinfra.targets.cloudformation.stack.change_set import ResourceChange

HOLDS: Mapping[str, str] = {
    "AWS::RDS::DBInstance": "the database",
    "AWS::RDS::DBCluster": "the database",
    "AWS::EC2::Instance": "the host's own disk: certificates, volumes of containers, queued work, releases",
    "AWS::EC2::Volume": "the files on the volume",
    "AWS::EFS::FileSystem": "the files on it",
    "AWS::S3::Bucket": "the objects in it",
    "AWS::DynamoDB::Table": "the table",
    "AWS::ElastiCache::ReplicationGroup": "what it keeps",
    "AWS::SecretsManager::Secret": "the secret",
    "AWS::KMS::Key": "the key, and all that only it decrypts",
}
"""Types of resources that hold data, and what is lost with one."""

HOLDS_NOTHING = frozenset({
    "AWS::CloudWatch::Alarm", "AWS::EC2::EIP", "AWS::EC2::EIPAssociation", "AWS::EC2::InternetGateway",
    "AWS::EC2::LaunchTemplate", "AWS::EC2::Route", "AWS::EC2::RouteTable", "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::VPC", "AWS::EC2::VPCGatewayAttachment",
    "AWS::IAM::InstanceProfile", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role",
    "AWS::RDS::DBParameterGroup", "AWS::RDS::DBSubnetGroup", "AWS::SNS::Topic", "AWS::SSM::Parameter",
})  # fmt: skip
"""Types that hold none. Of a type that is in neither, nobody here knows, so it is guarded."""

_ADDRESS = "AWS::EC2::EIP"
_UNKNOWN_TYPE = "what it may hold"
_GOES = frozenset({"replace", "may replace", "remove", "dynamic"})


class Loss(NamedTuple):
    """A change that would lose something: `what` is lost, `how` says by what, and what becomes of the old resource."""

    logical_id: str
    what: str
    how: str

    def __str__(self) -> str:
        return f"{self.logical_id} {self.how}, and {self.what} would be lost"


def losses(changes: Iterable[ResourceChange]) -> Iterator[Loss]:
    """What holds data and would go, one for each resource; what leaves the stack and stays in AWS loses nothing."""
    for change in changes:
        if change.kind in _GOES and change.type not in HOLDS_NOTHING and not _stays(change):
            yield Loss(change.logical_id, HOLDS.get(change.type, _UNKNOWN_TYPE), how_it_goes(change))


def address_warnings(changes: Iterable[ResourceChange]) -> Iterator[str]:
    """A warning for each fixed address that would be another one, or none."""
    for change in changes:
        if change.type == _ADDRESS and change.kind in _GOES and not _stays(change):
            address = change.physical_id or "the address"
            yield f"{change.logical_id} {how_it_goes(change)}: AWS takes {address} back, and DNS has to be changed"


def refuse_losses(changes: Collection[ResourceChange], named: Collection[str], known: Collection[str]) -> None:
    """Raise DeployError where something would be lost that is not named, or where a name is none of the `known`."""
    refuse_unknown(named, {*known, *(each.logical_id for each in changes)})
    found = [each for each in losses(changes) if each.logical_id not in named]
    if found:
        told = "".join(f"\n  {each}" for each in found)
        flags = " ".join(f"--allow-replace {each.logical_id}" for each in found)
        raise DeployError(f"data would be lost, and nothing was changed:{told}\nif that is meant: {flags}")


def refuse_unknown(named: Iterable[str], known: Collection[str]) -> None:
    """Raise DeployError for a logical ID of --allow-replace that the stack does not have."""
    for name in named:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            hint = did_you_mean(name, known)
            raise DeployError(f"--allow-replace {name}: the stack has no such resource{hint}; it has: {there}")


def how_it_goes(change: ResourceChange) -> str:
    """What becomes of the resource, and of the physical one that was there, as the end of a sentence about it."""
    if change.kind == "remove":
        if change.is_kept:
            return "leaves the stack, and stays in AWS"
        return "is removed, after a snapshot" if change.has_snapshot else "is deleted"
    verb = {"replace": "is replaced", "may replace": "may be replaced"}.get(change.kind, "may be replaced or deleted")
    return f"{verb} by a new one ({old_one(change)})"


def old_one(change: ResourceChange) -> str:
    """What becomes of the physical resource in whose place a new one is made."""
    if change.is_kept:
        return "the old one stays in AWS"
    return "the old one is deleted, after a snapshot" if change.has_snapshot else "the old one is deleted"


def _stays(change: ResourceChange) -> bool:
    return change.kind == "remove" and change.is_kept
