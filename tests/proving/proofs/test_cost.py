"""What a month costs is told as a note: the sum, its lines with source and date, and what is not counted."""

from __future__ import annotations

import pytest

from proven import PROOFS, figures, line_of, proven
from real_spec import SOURCE, changed

COST = {"cost": PROOFS["cost"]}


def note(text, name):
    (result,) = [each for each in proven(text, name, proofs=COST) if each.rule == "cost/month"]
    return result


def test_production_is_told_line_by_line_with_source_and_date():
    result = note(SOURCE, "production")
    assert result.severity == "note"
    assert result.place.line == line_of(SOURCE, "instance_type: t2.micro")
    assert result.message.startswith("about $39.44 a month at list prices in ap-northeast-2, without taxes")
    amounts = figures((result,), "cost/month")
    assert amounts["EC2 t2.micro: 730 x $0.0144 per hour"] == "$10.51"
    assert amounts["RDS db.t3.micro: 730 x $0.028 per hour"] == "$20.44"
    for figure in result.figures[:-1]:
        assert figure.source.startswith("https://aws.amazon.com/")
        assert figure.source.endswith((", 2026-10", ", 2026-09"))


def test_it_says_which_free_tier_it_assumes_and_when_credits_end():
    message = note(SOURCE, "production").message
    assert "without a free tier" in message
    assert "the $200 of credits of an account opened since 2025-07-15 last 5.0 months, and 12 at most" in message


def test_it_says_what_it_does_not_count():
    amounts = figures((note(SOURCE, "production"),), "cost/month")
    assert amounts["traffic out beyond 100 GB"] == "$0.126 per GB"
    assert amounts["backups beyond the database's own size, snapshots"] == "$0.095 per GiB-month"
    assert amounts["RDS Extended Support, once the version is out of standard support"] == "$0.120 per vCPU-hour"


def test_own_hardware_costs_power():
    result = note(SOURCE, "alpha")
    assert result.message == "its own hardware costs nothing but power"
    assert figures((result,), "cost/month") == {"power, and the hardware itself": "not known"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("region: ap-northeast-2,", "region: us-east-1,"), "about $37.18 a month at list prices in us-east-1 and ap-"),
        (("123456789012.ap-northeast-2.rds", "123456789012.us-east-1.rds"), "about $31.82 a month"),
        (("instance_type: t2.micro", "instance_type: t3.large"), "about $104.85 a month"),
        (("instance_type: t2.micro", "instance_type: m7g.large"), "more than $28.93 a month"),
        (("storage: 20GiB", "storage: 40GiB"), "about $42.06 a month"),
    ],
)
def test_a_change_of_the_specification_changes_the_sum(change, said):
    assert note(changed(*change), "production").message.startswith(said)


def test_a_region_without_prices_is_named():
    text = SOURCE.replace("ap-northeast-2", "eu-west-1")
    assert note(text, "production").message == "what it costs is not known: there are no prices of eu-west-1 here"


def test_what_has_no_price_is_named():
    result = note(changed("instance_type: t2.micro", "instance_type: m7g.large"), "production")
    assert result.message.endswith("no price is known of EC2 m7g.large")
    assert figures((result,), "cost/month")["EC2 m7g.large"] == "not known"
