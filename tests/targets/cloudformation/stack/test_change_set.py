"""A change set, read and told: what is added, changed in place, replaced, removed, and which property."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import change_sets as made
from kkinfra.console.changes import change_lines
from kkinfra.targets.cloudformation.plan.telling import told_change
from kkinfra.targets.cloudformation.stack.change_set import read_change_set


def told(*changes, everything=True):
    found = read_change_set([made.answer(*changes)]).changes
    return [line for each in found for line in change_lines(told_change(each), io.StringIO(), everything=everything)]


def test_an_addition_is_told_with_what_it_will_be():
    assert told(made.ADDED) == ["  + Alarm (AWS::CloudWatch::Alarm)", "      + Threshold: 80"]


def test_a_change_in_place_is_told_from_what_to_what():
    assert told(made.GROWN) == ["  ~ Database (AWS::RDS::DBInstance): in place", "      ~ AllocatedStorage: 20 -> 30"]


def test_a_replacement_names_the_property_that_forces_it_and_what_becomes_of_the_old_one():
    assert told(made.REPLACED) == [
        f"  -/+ Database ({made.DATABASE}): is replaced; the old one is deleted, after a snapshot; holds the database",
        "      ~ StorageEncrypted: false -> true (replaces the resource)",
    ]


def test_a_conditional_replacement_is_told_as_such():
    may = made.change(
        "Host", made.HOST, "Modify", made.detail("UserData", "IyEvYmluL3NoCmVjaG8gMQo=", "IyEvYmluL3NoCmVjaG8gMgo=",
        recreation="Conditionally"), Replacement="Conditional",
    )  # fmt: skip
    first, *rest = told(may)
    assert first.startswith("  -/+ Host (AWS::EC2::Instance): may be replaced; the old one is deleted; only Cloud")
    assert rest == [
        "      ~ UserData: (may replace the resource)", "        @@ -1,2 +1,2 @@", "         #!/bin/sh",
        "        -echo 1", "        +echo 2",
    ]  # fmt: skip


def test_a_removal_says_what_becomes_of_the_resource():
    kept = made.change("Database", made.DATABASE, "Remove", PolicyAction="Retain")
    assert told(made.REMOVED)[0] == "  - Address (AWS::EC2::EIP): is deleted"
    assert told(kept) == ["  - Database (AWS::RDS::DBInstance): leaves the stack, and stays in AWS; holds the database"]


def test_an_import_names_what_is_taken_in():
    taken = made.change("Database", made.DATABASE, "Import", PhysicalResourceId="kkambbaki-db")
    assert told(taken) == ["  + Database (AWS::RDS::DBInstance): kkambbaki-db is taken into the stack as it is"]


def test_an_indirect_change_names_its_cause_once_for_both_of_its_details():
    caused = made.change(
        "Association", "AWS::EC2::EIPAssociation", "Modify",
        made.detail("InstanceId", "i-1", made.LATER, recreation="Always", source="ResourceReference", cause="Host"),
        made.detail("InstanceId", evaluation="Dynamic", recreation="Always"),
        made.detail("EIP", evaluation="Dynamic", source="ResourceAttribute", cause="Address.PublicIp"),
        Replacement="True",
    )  # fmt: skip
    assert told(caused)[1:] == [
        "      ~ InstanceId (its value is known afterwards; replaces the resource; from Host)",
        "      ~ EIP (from Address.PublicIp; if that changes)",
    ]


def test_what_the_engine_decides_later_may_go():
    assert (
        "may be replaced; the old one is deleted; only"
        in told(made.change("Nested", "AWS::CloudFormation::Stack", "Dynamic"))[0]
    )


def test_what_was_changed_by_hand_is_told():
    changed = made.change(
        "Host", made.HOST, "SyncWithActual", made.detail("InstanceType", "t2.small", "t2.micro"),
        ResourceDriftStatus="MODIFIED",
    )  # fmt: skip
    assert told(changed)[0].count("changed by hand") == 1


def test_secrets_are_never_told_and_where_they_are_is():
    changed = made.change(
        "Database", made.DATABASE, "Modify", made.detail("MasterUserPassword", "s3ntinel-1", "s3ntinel-2"),
        made.detail("MasterUserSecret.KmsKeyId", "alias/one", "alias/two"),
        made.detail("ManageMasterUserPassword", "false", "true"),
        BeforeContext='{"Properties":{"MasterUserPassword":"s3ntinel-1","Tags":[{"AuthToken":"s3ntinel-3"}]}}',
    )  # fmt: skip
    found = read_change_set([made.answer(changed)])
    assert "s3ntinel" not in repr(found)
    assert "      ~ MasterUserPassword: *** (another value)" in told(changed)
    assert "      ~ ManageMasterUserPassword: false -> true" in told(changed)
    assert "      ~ MasterUserSecret.KmsKeyId: alias/one -> alias/two" in told(changed)


def test_a_reference_to_a_secret_is_no_secret():
    reference = "{{resolve:secretsmanager:arn:aws:secretsmanager:ap-northeast-2:1:secret:x:SecretString:password}}"
    changed = made.change("Database", made.DATABASE, "Modify", made.detail("MasterUserPassword", None, reference))
    assert read_change_set([made.answer(changed)]).changes[0].properties[0].after == reference


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
    ],
)
def test_a_change_set_of_nothing_is_known_by_its_reason(reason):
    assert read_change_set([made.answer(Status="FAILED", StatusReason=reason)]).is_empty
    assert not read_change_set([made.answer(Status="FAILED", StatusReason="Template error")]).is_empty


def test_the_pages_of_an_answer_are_one_change_set():
    found = read_change_set([made.answer(made.ADDED, NextToken="2"), {"Changes": [made.GROWN]}])
    assert [each.logical_id for each in found.changes] == ["Alarm", "Database"]
    assert (found.status, found.execution) == ("CREATE_COMPLETE", "AVAILABLE")


WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
VALUE = st.none() | WORD | st.sampled_from(["{}", "[]", '{"a": [1, {"b": "c"}]}', "{{x", made.LATER, "a\nb"])


@st.composite
def details(draw):
    attributes = st.sampled_from(["Properties", "Tags", "Metadata", "DeletionPolicy", "CreationPolicy", "NewOne"])
    return made.detail(
        draw(WORD | st.just("")), draw(VALUE), draw(VALUE),
        recreation=draw(st.sampled_from(["Never", "Conditionally", "Always", "Rarely"])),
        evaluation=draw(st.sampled_from(["Static", "Dynamic"])), cause=draw(WORD | st.just("")),
        attribute=draw(attributes),
    )  # fmt: skip


@st.composite
def changes(draw):
    action = draw(st.sampled_from(["Add", "Modify", "Remove", "Import", "Dynamic", "SyncWithActual", "NewAction"]))
    optional = {
        "Replacement": st.sampled_from(["True", "False", "Conditional", "NewWord"]),
        "PolicyAction": st.sampled_from(["Delete", "Retain", "Snapshot", "ReplaceAndDelete", "ReplaceAndRetain"]),
        "PhysicalResourceId": WORD, "BeforeContext": VALUE, "AfterContext": VALUE,
        "ResourceDriftStatus": st.sampled_from(["IN_SYNC", "MODIFIED", "DELETED", "NEW"]),
    }  # fmt: skip
    more = {key: draw(values) for key, values in optional.items() if draw(st.booleans())}
    of = draw(st.sampled_from([made.DATABASE, made.HOST, made.ADDRESS, "AWS::New::Type"]))
    return made.change(draw(WORD), of, action, *draw(st.lists(details(), max_size=4)), **more)


@given(st.lists(changes(), max_size=3))
@settings(max_examples=60)
def test_whatever_is_described_is_told_and_nothing_is_dropped(described):
    lines = "\n".join(told(*described))
    for each in described:
        said = each["ResourceChange"]
        assert f"{said['LogicalResourceId']} ({said['ResourceType']})" in lines
        for one in said["Details"]:
            target = one["Target"]
            assert (target.get("Name") or target["Attribute"]) in lines
            assert one.get("CausingEntity", "") in lines


@settings(max_examples=60)
@given(st.recursive(VALUE | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(WORD, inner), max_leaves=6))
def test_an_answer_of_another_shape_is_no_traceback(value):
    for key in ("Changes", "Status", "StatusReason"):
        read_change_set([{key: value}])
    for key in ("Details", "Scope", "Action", "BeforeContext"):
        found = read_change_set([{"Changes": [{"ResourceChange": {key: value}}, value]}])
        assert all(told_change(each).target for each in found.changes)
