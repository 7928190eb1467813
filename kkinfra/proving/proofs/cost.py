"""Cost: what an environment costs in a month at list prices, and what that does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.proving.aws_prices import CREDITS, CREDITS_SINCE, FREE_TRAFFIC, price
from kkinfra.proving.cost import estimate
from kkinfra.proving.proof import Finding, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.proving.cost import CostLine, Estimate
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.values.document import Steps


class CostProof:
    """Adds up what AWS charges for what the specification names; never more than a note."""

    rules: Mapping[str, str] = {"month": "What a month costs, as far as it is known."}

    def prove(self, environment: Environment, tree: ArtifactTree) -> Iterator[Finding]:  # noqa: ARG002 - the protocol
        """One note: the sum, its lines with their prices, and what is not counted."""
        found = estimate(environment)
        at: Steps = ("platform", "host", "instance_type") if environment.platform.instance else ("platform",)
        rows = (*map(_row, found.lines), *_not_counted(environment, found))
        yield Finding("month", "note", at, _message(environment, found), "", rows)


def _message(environment: Environment, found: Estimate) -> str:
    """The sum, and the free tier that is assumed: none, since the one of 12 months has ended for every account."""
    own = _own(environment)
    if not found.lines:
        return own
    regions = " and ".join(found.regions) or "an unknown region"
    if len(found.unpriced) == len(found.lines):
        return f"what it costs is not known: there are no prices of {regions} here"
    total = f"${found.total} a month at list prices in {regions}, without taxes and without a free tier"
    if found.unpriced:
        return f"more than {total}: no price is known of {', '.join(found.unpriced)}"
    months = found.months(CREDITS)
    credit = (
        f"the ${CREDITS} of credits of an account opened since {CREDITS_SINCE} last {months} months, and 12 at most"
    )
    return f"about {total}; {credit}{f'; {own}' if own else ''}"


def _own(environment: Environment) -> str:
    """What is said of what AWS does not charge for; empty where it charges for all."""
    platform = environment.platform
    if platform.is_own_hardware:
        return "its own hardware costs nothing but power"
    return "" if platform.instance else f"what {platform.title} costs is not known"


def _row(line: CostLine) -> Row:
    if line.price is None:
        return Row(line.label, "not known", line.at)
    each = f"{line.quantity.normalize():f} x ${line.price.dollars} per {line.price.unit}"
    return Row(f"{line.label}: {each}", f"${line.dollars}", source=f"{line.price.source}, {line.price.date}")


def _not_counted(environment: Environment, found: Estimate) -> Iterator[Row]:
    """What the specification does not tell, with its price where it has one."""
    yield from _unit(found, "traffic", f"traffic out beyond {FREE_TRAFFIC} GB")
    yield from _unit(found, "backup", "backups beyond the database's own size, snapshots")
    yield from _unit(found, "old version", "RDS Extended Support, once the version is out of standard support")
    if found.lines:
        yield Row("CPU credits beyond the instance's own, logs of the database's monitoring", "not known")
    if environment.platform.is_own_hardware:
        yield Row("power, and the hardware itself", "not known")


def _unit(found: Estimate, item: str, label: str) -> Iterator[Row]:
    known = price(found.regions[0], item) if found.regions else None
    if known:
        yield Row(label, f"${known.dollars} per {known.unit}", source=f"{known.source}, {known.date}")
