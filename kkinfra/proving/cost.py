"""What an environment costs in a month, as far as the specification tells: a pure estimate, line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from kkinfra.proving.aws_prices import HOURS, price
from kkinfra.spec.stack import PostgresqlRds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.proving.aws_prices import Price
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.memory import Memory
    from kkinfra.spec.platforms import Ec2
    from kkinfra.values.document import Steps

_CENT = Decimal("0.01")
_RDS_REGION = re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-[0-9])\.rds\.amazonaws\.com$")
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class CostLine:
    """One thing that is paid for: how many units of it in a month, the field that says so, and its price if known."""

    label: str
    quantity: Decimal
    at: Steps
    price: Price | None

    @property
    def dollars(self) -> Decimal | None:
        """What it costs in a month, in cents; None where its price is not known."""
        return dollars(self.quantity * self.price.dollars) if self.price else None


@dataclass(frozen=True, slots=True)
class Estimate:
    """All lines of an environment; `regions` are where it pays AWS, those of hosts first."""

    regions: tuple[str, ...]
    lines: tuple[CostLine, ...]

    @property
    def total(self) -> Decimal:
        """The sum of what is known."""
        return sum((line.dollars for line in self.lines if line.dollars is not None), Decimal(0))

    def months(self, amount: Decimal) -> Decimal:
        """How many months an amount of dollars lasts, to one decimal."""
        return (amount / self.total).quantize(Decimal("0.1"), ROUND_DOWN)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """What has no price in the table; then the total is too low."""
        return tuple(line.label for line in self.lines if line.price is None)


def dollars(amount: Decimal) -> Decimal:
    """An amount in whole cents."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def estimate(environment: Environment) -> Estimate:
    """The estimate of an environment: instance, disk, address and database; own hardware costs nothing but power."""
    instance = environment.platform.instance
    regions = [instance.region] if instance else []
    lines = [*_host(instance)] if instance else []
    for name, database in environment.parts(PostgresqlRds):
        told = _RDS_REGION.search(database.endpoint)
        regions += [told[1]] if told else []
        lines += _database(name, database, regions[-1] if regions else "")
    return Estimate(tuple(dict.fromkeys(regions)), tuple(lines))


def _host(host: Ec2) -> Iterator[CostLine]:
    at, region = ("platform", "host"), host.region
    yield CostLine(f"EC2 {host.instance_type}", HOURS, (*at, "instance_type"), price(region, host.instance_type))
    yield CostLine(f"EBS gp3 {host.disk}", _gib(host.disk), (*at, "disk"), price(region, "disk"))
    yield CostLine("public IPv4", HOURS, (*at, "elastic_ip"), price(region, "address"))
    if host.account:
        yield CostLine("Secrets Manager (RDS)", Decimal(1), (*at, "account"), price(region, "secret"))


def _database(name: str, database: PostgresqlRds, region: str) -> Iterator[CostLine]:
    """Database and storage, twice with a standby in another zone; backups up to the storage's size are free."""
    at, copies, twice = ("stack", name), *((2, ", twice") if database.multi_az else (1, ""))
    instance, storage = price(region, database.instance_class), price(region, "database storage")
    yield CostLine(f"RDS {database.instance_class}{twice}", HOURS * copies, (*at, "instance_class"), instance)
    yield CostLine(f"RDS gp3 {database.storage}{twice}", _gib(database.storage) * copies, (*at, "storage"), storage)


def _gib(amount: Memory) -> Decimal:
    return Decimal(amount.bytes) / _GIB
