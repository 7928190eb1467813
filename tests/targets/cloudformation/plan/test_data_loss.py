"""What would lose data stops unless it is named, and says how to name it."""

from __future__ import annotations

import pytest

import change_sets as made
from kkinfra.errors import DeployError
from kkinfra.targets.cloudformation.plan.data_loss import HOLDS, HOLDS_NOTHING, address_warnings, losses, refuse_losses
from kkinfra.targets.cloudformation.stack.change_set import read_change_set


def changes(*described):
    return read_change_set([made.answer(*described)]).changes


def test_replacing_the_database_is_refused_with_the_flag_that_allows_it():
    with pytest.raises(DeployError) as raised:
        refuse_losses(changes(made.GROWN, made.REPLACED), (), {"Database", "Host"})
    assert str(raised.value) == (
        "data would be lost, and nothing was changed:\n"
        "  Database is replaced by a new one (the old one is deleted, after a snapshot), and the database would be "
        "lost\n"
        "if that is meant: --allow-replace Database"
    )


def test_what_is_named_may_go_and_only_that():
    host = made.change("Host", made.HOST, "Modify", Replacement="Conditional")
    refuse_losses(changes(made.REPLACED), ["Database"], {"Database"})
    with pytest.raises(DeployError, match=r"if that is meant: --allow-replace Host$"):
        refuse_losses(changes(made.REPLACED, host), ["Database"], {"Database"})


def test_a_name_that_the_stack_does_not_have_is_an_error_even_where_nothing_is_lost():
    with pytest.raises(DeployError, match=r"--allow-replace Databse: .* \(did you mean 'Database'\?\); it has: Da"):
        refuse_losses((), ["Databse"], {"Database", "Host"})


@pytest.mark.parametrize(
    ("described", "is_lost"),
    [
        (made.change("X", made.DATABASE, "Remove", PolicyAction="Delete"), True),
        (made.change("X", made.DATABASE, "Remove", PolicyAction="Snapshot"), True),
        (made.change("X", made.DATABASE, "Remove", PolicyAction="Retain"), False),
        (made.change("X", made.DATABASE, "Modify", Replacement="True", PolicyAction="ReplaceAndRetain"), True),
        (made.change("X", made.DATABASE, "Modify", Replacement="Conditional"), True),
        (made.change("X", made.DATABASE, "Modify", Replacement="False"), False),
        (made.change("X", made.DATABASE, "Modify"), False),
        (made.change("X", made.DATABASE, "Add"), False),
        (made.change("X", made.DATABASE, "Import"), False),
        (made.change("X", made.DATABASE, "Dynamic"), True),
        (made.change("X", made.DATABASE, "SomethingNew"), True),
        (made.change("X", "AWS::EC2::Volume", "Remove", PolicyAction="Delete"), True),
        (made.change("X", "AWS::New::Type", "Remove"), True),
        (made.change("X", "AWS::EC2::SecurityGroup", "Modify", Replacement="True"), False),
    ],
)
def test_which_changes_lose_something(described, is_lost):
    assert [each.logical_id for each in losses(changes(described))] == ["X"] * is_lost


def test_an_address_that_goes_is_a_warning():
    (warning,) = address_warnings(changes(made.REMOVED, made.GROWN))
    assert warning == "Address is deleted: AWS takes 203.0.113.7 back, and DNS has to be changed"
    assert not list(losses(changes(made.REMOVED)))


def test_no_type_both_holds_data_and_holds_none():
    assert not HOLDS.keys() & HOLDS_NOTHING
