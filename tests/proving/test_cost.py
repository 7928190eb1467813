"""What a month costs: dated prices, added up line by line, and what is not known said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from compared import TODAY, environments
from kkinfra.proving import aws_prices
from kkinfra.proving.aws_prices import price
from kkinfra.proving.cost import Estimate, estimate
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse
from kkinfra.views.comparison import Catalogue, compare, platform_cells, worded
from real_spec import SOURCE

REGION = ("region: ap-northeast-2,", "region: us-east-1,")
ITEMS = ("t2.micro", "t3.micro", "db.t3.micro", "db.t4g.micro", "disk", "database storage", "traffic", "address",
         "backup", "secret", "old version")  # fmt: skip


def lines(*change):
    return {line.label: line.dollars for line in estimate(environments(*change)[1]).lines}


def cost_cells(*change, language="en"):
    table = worded(compare(*environments(*change), TODAY), ("alpha", "production"), Catalogue.load(language))
    return next(row.cells for row in table.rows if row.name == "cost")


def test_production_costs_what_its_parts_cost_at_list_prices():
    assert lines() == {
        "EC2 t2.micro": Decimal("10.51"),  # 730 h at 0.0144
        "EBS gp3 20GiB": Decimal("1.82"),
        "public IPv4": Decimal("3.65"),
        "Secrets Manager (RDS)": Decimal("0.40"),
        "RDS db.t3.micro": Decimal("20.44"),
        "RDS gp3 20GiB": Decimal("2.62"),
    }
    assert estimate(environments()[1]).total == Decimal("39.44")


def test_own_hardware_costs_nothing_that_the_specification_knows():
    assert estimate(environments()[0]) == Estimate((), ())
    assert cost_cells()[0] == ("free (own hardware)", "power not counted")


@pytest.mark.parametrize(
    ("change", "label", "dollars"),
    [
        (REGION, "EC2 t2.micro", "8.47"),
        (("instance_type: t2.micro", "instance_type: t3.small"), "EC2 t3.small", "18.98"),
        (("instance_class: db.t3.micro", "instance_class: db.t4g.micro"), "RDS db.t4g.micro", "18.25"),
        (("storage: 20GiB", "storage: 100GiB"), "RDS gp3 100GiB", "13.10"),
        (("storage: 20GiB", "storage: 20GiB\n        multi_az: true"), "RDS db.t3.micro, twice", "40.88"),
        (("swap: 1GiB", "swap: 1GiB, disk: 100GiB"), "EBS gp3 100GiB", "9.12"),
        (("123456789012.ap-northeast-2.rds", "cluster0.us-east-1.rds"), "RDS db.t3.micro", "13.14"),
        (("kkambbaki.123456789012.ap-northeast-2.rds.amazonaws.com", "db.example.org"), "RDS db.t3.micro", "20.44"),
    ],
)
def test_the_estimate_follows_the_specification(change, label, dollars):
    assert lines(*change)[label] == Decimal(dollars)


def test_a_price_that_is_not_known_makes_it_a_lower_bound():
    change = ("instance_class: db.t3.micro", "instance_class: db.r6g.large")
    found = estimate(environments(*change)[1])
    assert found.unpriced == ("RDS db.r6g.large",)
    assert found.total == Decimal("19.00")
    said = cost_cells(*change)[1]
    assert said[0] == "AWS: $19.00 a month, and more"
    assert said[-1] == "price not known: RDS db.r6g.large"


def test_a_region_that_is_not_in_the_table_has_no_prices():
    found = estimate(environments("region: ap-northeast-2,", "region: eu-west-1,")[1])
    assert cost_cells("region: ap-northeast-2,", "region: eu-west-1,")[1][0] == "AWS: $23.06 a month, and more"
    assert found.unpriced == ("EC2 t2.micro", "EBS gp3 20GiB", "public IPv4", "Secrets Manager (RDS)")


def test_where_nothing_has_a_price_there_is_no_sum():
    text = SOURCE.replace("ap-northeast-2", "eu-west-1")
    production = resolve_document(parse(text, "f"), "f").environments["production"]
    assert [phrase.key for phrase in platform_cells.cost(production)] == ["cost.unknown"]


def test_a_cluster_pays_for_its_managed_database():
    text = SOURCE.replace(
        "postgresql: {on: statefulset, storage: 10GiB, memory: 512MB, max_connections: 100}",
        "postgresql: {on: rds, instance_class: db.t4g.micro, storage: 20GiB,"
        " endpoint: db.cluster0.us-east-1.rds.amazonaws.com}",
    )
    alpha = resolve_document(parse(text, "f"), "f").environments["alpha"]
    assert estimate(alpha).total == Decimal("11.68") + Decimal("2.30")


def test_what_is_there_already_has_no_secret_that_rds_keeps():
    change = ('             account: "123456789012", zones: [a, c]}', "            }")
    assert lines(*change).keys() == lines().keys() - {"Secrets Manager (RDS)"}


def test_it_says_how_long_the_credits_of_a_new_account_last():
    assert estimate(environments()[1]).months(aws_prices.CREDITS) == Decimal("5.0")
    assert cost_cells()[1][-1] == "a new account's credits ($200) last 5.0 months"
    assert cost_cells(language="ko")[1][0] == "AWS 월 약 $39.44"


@pytest.mark.parametrize("region", ["ap-northeast-2", "us-east-1"])
@pytest.mark.parametrize("item", ITEMS)
def test_a_price_says_its_unit_its_source_and_its_date(region, item):
    found = price(region, item)
    assert found.dollars > 0
    assert found.unit in ("hour", "vCPU-hour", "GiB-month", "month", "GB")
    assert found.source.startswith("https://aws.amazon.com/")
    assert found.date >= "2026-09"


def test_bigger_ones_cost_more_and_seoul_more_than_virginia():
    for region in ("ap-northeast-2", "us-east-1"):
        sizes = [
            price(region, f"{family}.{size}").dollars for family in ("t2",) for size in ("micro", "small", "medium")
        ]
        assert sizes == sorted(sizes)
    for item in ("t2.micro", "t3.large", "db.t3.micro", "disk", "database storage", "traffic"):
        assert price("ap-northeast-2", item).dollars > price("us-east-1", item).dollars
