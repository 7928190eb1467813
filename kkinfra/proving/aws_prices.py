"""What AWS charges, in US dollars without taxes: a dated table of list prices, each with where AWS publishes it.

Prices change seldom and without notice; AWS's own pages decide. A price that was not found is not in here, and an
estimate then says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

HOURS = Decimal(730)
"""Hours of an average month, as AWS Pricing Calculator counts them."""

CREDITS = Decimal(200)
"""Most that an account opened since CREDITS_SINCE gets, half of it for tasks done (https://aws.amazon.com/free/)."""

CREDITS_SINCE = "2025-07-15"
"""Accounts opened before got 12 months with 750 hours of t2.micro and db.t3.micro; the last ended in July 2026."""

FREE_TRAFFIC = 100
"""GB out to the internet in a month that nobody pays for (https://aws.amazon.com/ec2/pricing/on-demand/)."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one unit (`hour`, `vCPU-hour`, `GiB-month`, `month`, `GB`), the page that says so, and when."""

    dollars: Decimal
    unit: str
    source: str
    date: str


_EC2 = ("https://aws.amazon.com/ec2/pricing/on-demand/", "2026-10")
_EBS = ("https://aws.amazon.com/ebs/pricing/", "2026-10")
_IPV4 = ("https://aws.amazon.com/vpc/pricing/", "2026-10")
_RDS = ("https://aws.amazon.com/rds/postgresql/pricing/", "2026-10")
_SECRETS = ("https://aws.amazon.com/secrets-manager/pricing/", "2026-09")

_INSTANCES = {
    "ap-northeast-2": {
        "t2.micro": "0.0144", "t2.small": "0.0288", "t2.medium": "0.0576", "t2.large": "0.1152",
        "t3.nano": "0.0065", "t3.micro": "0.0130", "t3.small": "0.0260", "t3.medium": "0.0520", "t3.large": "0.1040",
    },
    "us-east-1": {
        "t2.micro": "0.0116", "t2.small": "0.0230", "t2.medium": "0.0464", "t2.large": "0.0928",
        "t3.nano": "0.0052", "t3.micro": "0.0104", "t3.small": "0.0208", "t3.medium": "0.0416", "t3.large": "0.0832",
    },
}  # fmt: skip
"""On demand, Linux, an hour."""

_DATABASES = {
    "ap-northeast-2": {"db.t3.micro": "0.028", "db.t4g.micro": "0.025"},
    "us-east-1": {
        "db.t3.micro": "0.018", "db.t3.small": "0.036", "db.t3.medium": "0.072",
        "db.t4g.micro": "0.016", "db.t4g.small": "0.032", "db.t4g.medium": "0.065",
    },
}  # fmt: skip
"""On demand, PostgreSQL in one availability zone, an hour."""

_OTHERS = {
    "ap-northeast-2": {"disk": "0.0912", "database storage": "0.131", "traffic": "0.126", "old version": "0.120"},
    "us-east-1": {"disk": "0.08", "database storage": "0.115", "traffic": "0.09", "old version": "0.100"},
}
"""gp3 of EBS and of RDS; out to the internet beyond FREE_TRAFFIC; the first two years of RDS Extended Support."""

_EVERYWHERE = {"address": "0.005", "backup": "0.095", "secret": "0.40"}
_UNITS = {
    "disk": ("GiB-month", _EBS),
    "database storage": ("GiB-month", _RDS),
    "traffic": ("GB", _EC2),
    "old version": ("vCPU-hour", _RDS),
    "address": ("hour", _IPV4),
    "backup": ("GiB-month", _RDS),
    "secret": ("month", _SECRETS),
}


def price(region: str, item: str) -> Price | None:
    """The price of an instance type (`t2.micro`), a database class (`db.t3.micro`) or another item; None if unknown.

    Other items are `disk`, `database storage`, `traffic`, `old version` (of a database, beyond its standard support),
    `address` (public IPv4), `backup` and `secret`.
    """
    if region not in _OTHERS:
        return None
    dollars = (_INSTANCES[region] | _DATABASES[region] | _OTHERS[region] | _EVERYWHERE).get(item)
    unit, published = _UNITS.get(item) or ("hour", _RDS if item.startswith("db.") else _EC2)
    return Price(Decimal(dollars), unit, *published) if dollars else None
