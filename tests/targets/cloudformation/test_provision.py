"""`provision ENV`: a change set is made, shown, agreed to, executed and followed; AWS is played, boto3 is real."""

from __future__ import annotations

import json

import pytest

import change_sets as made
from aws_double import ARN, OUTPUTS, STACK, RefusedError
from kkinfra import project
from kkinfra.errors import DeployError
from kkinfra.spec.stack_outputs import read_outputs

MADE = [(STACK, "CREATE_IN_PROGRESS"), ("Vpc", "CREATE_IN_PROGRESS"), ("Vpc", "CREATE_COMPLETE")]
MADE = [*MADE, (STACK, "CREATE_COMPLETE")]
CHANGED = [
    (STACK, "UPDATE_IN_PROGRESS"), ("Database", "UPDATE_IN_PROGRESS"), ("Database", "UPDATE_COMPLETE"),
    (STACK, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), (STACK, "UPDATE_COMPLETE"),
]  # fmt: skip
FAILED = [
    (STACK, "UPDATE_IN_PROGRESS"), ("Host", "UPDATE_IN_PROGRESS"), ("Database", "UPDATE_IN_PROGRESS"),
    ("Host", "UPDATE_FAILED", "Resource update cancelled"),
    ("Database", "UPDATE_FAILED", "API: rds:ModifyDBInstance You are not authorized."),
    (STACK, "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Database]."),
    ("Database", "UPDATE_COMPLETE"), (STACK, "UPDATE_ROLLBACK_COMPLETE"),
]  # fmt: skip
NOTHING = "The submitted information didn't contain changes. Submit different information to create a change set."


def did(aws):
    return [name.partition(":")[2] for name, _ in aws.calls]


def changed_nothing(aws):
    return not {"ExecuteChangeSet"} & set(did(aws)) and not aws.sets


def test_a_new_stack_is_made_with_the_newest_image_and_its_outputs_are_kept(aws, kkinfra, tmp_path):
    aws.changes = (made.ADDED,)
    aws.ends_with(*MADE)
    done = kkinfra("provision", "production", "--yes", "--key", "key.pub")
    assert done.code == 0, done.err
    (asked,) = aws.asked("CreateChangeSet")
    values = {each["ParameterKey"]: each.get("ParameterValue") for each in asked["Parameters"]}
    assert asked["ChangeSetType"] == "CREATE"
    assert values["ImageId"] == "ami-0newest"
    assert values["SshPublicKey"].startswith("ssh-ed25519 AAAA")
    assert aws.asked("GetParameter") == [{"Name": "/aws/service/debian/release/12/latest/amd64"}]
    assert "  + Alarm (AWS::CloudWatch::Alarm)" in done.lines
    assert "creating Vpc\n" in done.err
    assert "created Vpc in 10 s\n" in done.err
    assert "  Address = 203.0.113.7" in done.lines
    assert read_outputs(tmp_path / "spec/production.outputs.yaml").said.outputs == OUTPUTS


def test_without_a_key_a_new_host_would_let_nobody_in(aws, kkinfra):
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 1
    assert "error: the new host lets nobody in; say whose key does: --key ~/.ssh/id_ed25519.pub" in done.err
    assert aws.status == ""


def test_a_change_executes_the_very_change_set_that_was_shown_and_keeps_the_parameters(aws, kkinfra):
    aws.is_there()
    aws.ends_with(*CHANGED)
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 0, done.err
    (asked,), (executed,) = aws.asked("CreateChangeSet"), aws.asked("ExecuteChangeSet")
    assert asked["ChangeSetType"] == "UPDATE"
    kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in ("ImageId", "SshPublicKey")]
    assert asked["Parameters"] == kept
    assert executed["ChangeSetName"] == aws.asked("DescribeChangeSet")[-1]["ChangeSetName"]
    assert executed["ClientRequestToken"] == asked["ChangeSetName"]
    assert "      ~ AllocatedStorage: 20 -> 30" in done.lines
    assert done.err.count("updated Database") == 1


def test_the_caller_is_asked_for_before_anything_else(aws, kkinfra):
    aws.account = "999999999999"
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 1
    assert did(aws) == ["GetCallerIdentity"]
    assert (
        "are of account 999999999999 (arn:aws:iam::123456789012:user/kim), and production belongs to acco" in done.err
    )


def test_a_region_that_aws_does_not_have_is_an_error_with_the_one_that_is_meant(aws, kkinfra, tmp_path):
    spec = tmp_path / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("region: ap-northeast-2", "region: ap-nrtheast-2"))
    done = kkinfra("provision", "production", "--yes")
    assert "boto3 knows no AWS region 'ap-nrtheast-2' (did you mean 'ap-northeast-2'?)" in done.err
    assert aws.calls == []


def test_nothing_to_do_is_told_and_the_change_set_is_deleted(aws, kkinfra, tmp_path):
    aws.is_there()
    aws.fails_with = NOTHING
    done = kkinfra("provision", "production", "--yes")
    assert (done.code, done.lines[1]) == (0, "  nothing changes")
    assert "  Address = 203.0.113.7" in done.lines
    assert done.lines[-2].startswith("done in ")
    assert done.lines[-1] == "wrote spec/production.outputs.yaml; commit it"
    assert changed_nothing(aws)
    assert (tmp_path / "spec/production.outputs.yaml").exists()
    again = kkinfra("provision", "production")
    assert (again.code, again.lines[1]) == (0, "  nothing to do")
    assert changed_nothing(aws)


def test_a_dry_run_leaves_nothing_behind_not_even_the_empty_stack_of_a_first_one(aws, kkinfra, tmp_path):
    aws.changes = (made.ADDED,)
    done = kkinfra("provision", "production", "--dry-run", "--key", "key.pub")
    assert done.code == 0, done.err
    assert done.lines[-1].startswith("  nothing was changed, ")
    assert changed_nothing(aws)
    assert aws.status == ""
    assert not (tmp_path / "spec/production.outputs.yaml").exists()


def test_a_dry_run_writes_no_outputs_even_where_nothing_changes(aws, kkinfra, tmp_path):
    aws.is_there()
    aws.fails_with = NOTHING
    assert kkinfra("provision", "production", "--dry-run").code == 0
    assert not (tmp_path / "spec/production.outputs.yaml").exists()


def test_a_library_plans_provisions_and_discards_as_the_command_does(aws, kkinfra, tmp_path):
    aws.is_there()
    aws.ends_with(*CHANGED)
    production = project.open("spec/environments.yaml")["production"]
    production.discard(production.plan_provision())
    assert changed_nothing(aws)
    plan, heard = production.plan_provision(timeout=60), []
    assert (plan.action, plan.options) == ("provision", {"by": "cloudformation", "timeout": 60})
    with pytest.raises(DeployError, match="this is a plan to provision"):
        production.apply(plan)
    outcome = production.provision(plan, on_event=lambda event: heard.append(str(event)))
    assert outcome.run.result == "done"
    assert any(line.endswith("s  updating Database") for line in heard)
    assert (tmp_path / "spec/production.outputs.yaml").exists()
    assert production.policy().document["Version"] == "2012-10-17"
    assert production.drift().exit_code == 0
    with pytest.raises(DeployError, match="--as is for what is provisioned by host, and this is by cloudformation"):
        production.plan_provision(as_="root")
    with pytest.raises(DeployError, match="what is provisioned by host is not searched for drift"):
        production.drift("host")


def test_a_plan_that_is_stale_is_refused_by_the_library_and_nothing_is_left(aws, kkinfra):
    aws.is_there()
    production = project.open("spec/environments.yaml")["production"]
    plan = production.plan_provision()
    for each in aws.sets.values():
        each["execution"] = "OBSOLETE"
    with pytest.raises(DeployError, match="the stack was changed since this change set was made"):
        production.provision(plan)
    assert changed_nothing(aws)


def test_a_dry_run_leaves_a_stack_of_others_change_sets_alone(aws, kkinfra):
    aws.status = "REVIEW_IN_PROGRESS"
    aws.sets["another"] = {}
    assert kkinfra("provision", "production", "--dry-run", "--key", "key.pub").code == 0
    assert aws.status == "REVIEW_IN_PROGRESS"
    assert list(aws.sets) == ["another"]


def test_without_a_terminal_and_without_yes_nothing_is_done_and_nothing_is_left(aws, kkinfra):
    aws.is_there()
    done = kkinfra("provision", "production")
    assert done.code == 1
    assert "nobody is here to be asked" in done.err
    assert changed_nothing(aws)


def test_replacing_the_database_stops_and_nothing_is_left(aws, kkinfra):
    aws.is_there()
    aws.changes = (made.ADDED, made.REPLACED)
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 1
    assert "Database is replaced by a new one (the old one is deleted, after a snapshot), and the database" in done.err
    assert "if that is meant: --allow-replace Database" in done.err
    assert changed_nothing(aws)


def test_what_is_named_is_replaced(aws, kkinfra):
    aws.is_there()
    aws.changes = (made.REPLACED,)
    aws.ends_with(*CHANGED)
    assert kkinfra("provision", "production", "--yes", "--allow-replace", "Database").code == 0
    assert "ExecuteChangeSet" in did(aws)


def test_an_unknown_name_stops_also_where_nothing_changes(aws, kkinfra):
    aws.is_there()
    aws.fails_with = NOTHING
    done = kkinfra("provision", "production", "--yes", "--allow-replace", "Databse")
    assert (done.code, "did you mean 'Database'?" in done.err) == (1, True)


def test_an_address_that_goes_is_a_warning(aws, kkinfra):
    aws.is_there()
    aws.changes = (made.REMOVED,)
    aws.ends_with(*CHANGED)
    done = kkinfra("provision", "production", "--yes")
    assert "warning: Address is deleted: AWS takes 203.0.113.7 back, and DNS has to be changed" in done.err


def test_a_stack_that_changes_between_looking_and_doing_is_left_alone(aws, kkinfra, monkeypatch):
    aws.is_there()

    def meanwhile(*_):
        for each in aws.sets.values():
            each["execution"] = "OBSOLETE"

    monkeypatch.setattr("kkinfra.cli.carrying_out.require_agreement", meanwhile)
    done = kkinfra("provision", "production")
    assert done.code == 1
    assert "the stack was changed since this change set was made, so nothing was done; look again" in done.err
    assert changed_nothing(aws)


def test_a_failure_names_its_cause_and_what_the_engine_did(aws, kkinfra):
    aws.is_there()
    aws.ends_with(*FAILED)
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 1
    assert done.err.endswith(
        "error: Database (AWS::X::Y) failed: API: rds:ModifyDBInstance You are not authorized.\n"
        "who deploys may not do rds:ModifyDBInstance; allow it: `kkinfra provision production --policy` prints all "
        "that is needed\nCloudFormation went back: all is as it was before\n"
    )


def test_a_creation_that_fails_says_how_to_delete_what_is_left(aws, kkinfra):
    aws.changes = (made.ADDED,)
    aws.ends_with(
        (STACK, "CREATE_IN_PROGRESS"), ("Vpc", "CREATE_IN_PROGRESS"), ("Vpc", "CREATE_FAILED", "VpcLimitExceeded"),
        (STACK, "ROLLBACK_IN_PROGRESS"), ("Vpc", "DELETE_COMPLETE"), (STACK, "ROLLBACK_COMPLETE"),
    )  # fmt: skip
    done = kkinfra("provision", "production", "--yes", "--key", "key.pub")
    assert "error: Vpc (AWS::X::Y) failed: VpcLimitExceeded\nCloudFormation removed what it had made\n" in done.err
    assert "  aws cloudformation delete-stack --region ap-northeast-2 --stack-name kkambbaki-production\n" in done.err


def test_a_stack_that_was_rolled_back_tells_why_and_what_to_do_before_anything_is_asked(aws, kkinfra):
    aws.status = "ROLLBACK_COMPLETE"
    aws.happens(STACK, "CREATE_IN_PROGRESS")
    aws.happens("Vpc", "CREATE_FAILED", "VpcLimitExceeded")
    aws.happens(STACK, "ROLLBACK_COMPLETE")
    done = kkinfra("provision", "production", "--yes")
    assert (
        "error: Vpc (AWS::X::Y) failed: VpcLimitExceeded\nthe stack kkambbaki-production is in state ROLL" in done.err
    )
    assert "CreateChangeSet" not in did(aws)


def test_a_rollback_that_failed_names_the_resources_to_skip(aws, kkinfra):
    aws.is_there("UPDATE_ROLLBACK_FAILED")
    aws.happens("Database", "UPDATE_FAILED", "no such thing")
    aws.happens(STACK, "UPDATE_ROLLBACK_FAILED")
    done = kkinfra("provision", "production", "--yes")
    assert "--resources-to-skip Database`" in done.err


def test_what_others_change_is_left_alone_and_told(aws, kkinfra):
    aws.is_there("UPDATE_IN_PROGRESS")
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 1
    assert "somebody else changes the stack kkambbaki-production (UPDATE_IN_PROGRESS since 2026-11-25 00:0" in done.err
    assert "--lock-wait S" in done.err
    assert "CreateChangeSet" not in did(aws)


def test_what_others_change_is_waited_for_when_asked(aws, kkinfra):
    aws.is_there("UPDATE_IN_PROGRESS")
    aws.began_by = "other"
    aws.ends_with(("Host", "UPDATE_COMPLETE"), (STACK, "UPDATE_COMPLETE"))
    aws.fails_with = NOTHING
    done = kkinfra("provision", "production", "--yes", "--lock-wait", "60")
    assert done.code == 0, done.err
    assert "an operation of somebody else is under way (UPDATE_IN_PROGRESS); following it" in done.err


def test_an_operation_of_our_own_is_followed_again(aws, kkinfra):
    aws.is_there("UPDATE_IN_PROGRESS")
    aws.events[0]["ClientRequestToken"] = aws.began_by = "kkinfra-before"
    aws.ends_with(("Database", "UPDATE_COMPLETE"), (STACK, "UPDATE_COMPLETE"))
    aws.fails_with = NOTHING
    done = kkinfra("provision", "production")
    assert done.code == 0, done.err
    assert "an operation that kkinfra began is under way" in done.err
    assert "updated Database" in done.err
    assert done.lines[1] == "  nothing changes"


def test_an_operation_of_our_own_that_failed_meanwhile_is_told(aws, kkinfra):
    aws.is_there("UPDATE_IN_PROGRESS")
    aws.events[0]["ClientRequestToken"] = aws.began_by = "kkinfra-before"
    aws.ends_with(*FAILED[1:])
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 1
    assert "CloudFormation went back: all is as it was before" in done.err
    assert "CreateChangeSet" not in did(aws)


def test_a_timeout_says_that_the_stack_goes_on_and_how_to_follow(aws, kkinfra, monkeypatch):
    aws.is_there()
    aws.ends_with(*CHANGED[:2])
    monkeypatch.setattr(
        "kkinfra.targets.cloudformation.stack.following.Operation.is_late", lambda self, _: self.story.under_way
    )
    done = kkinfra("provision", "production", "--yes", "--timeout", "5")
    assert done.code == 1
    assert "still under way after 5 s (Database); CloudFormation goes on by itself. `kkin" in done.err
    assert "`aws cloudformation describe-stack-events --region ap-northeast-2" in done.err


def test_ctrl_c_says_that_the_stack_goes_on_and_stops_nothing(aws, kkinfra):
    aws.is_there()
    aws.ends_with(*CHANGED)

    def interrupt():
        if len(aws.to_come) == 3:
            raise KeyboardInterrupt

    aws.refuses["DescribeStackEvents"] = interrupt
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 130
    assert "interrupted, and nothing was stopped; CloudFormation goes on by itself." in done.err
    assert "CancelUpdateStack" not in did(aws)


def test_ctrl_c_before_anything_is_begun_leaves_no_change_set(aws, kkinfra, monkeypatch):
    aws.is_there()

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("kkinfra.cli.carrying_out.require_agreement", interrupt)
    assert kkinfra("provision", "production").code == 130
    assert changed_nothing(aws)


def test_a_network_that_goes_away_for_a_moment_is_waited_out(aws, kkinfra):
    aws.is_there()
    aws.ends_with(*CHANGED)
    left = [RefusedError("InternalFailure", "try again")] * 2

    def stumble():
        if len(aws.to_come) == 3 and left:
            raise left.pop()

    aws.refuses["DescribeStackEvents"] = stumble
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 0, done.err
    assert done.err.count("AWS does not answer") == 2


def test_a_change_set_that_cannot_be_made_is_told_with_its_reason_and_deleted(aws, kkinfra):
    aws.is_there()
    aws.fails_with = "Template error: instance of Fn::GetAtt references undefined resource Hst"
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 1
    assert "can make no change set, and nothing was changed: Template error: instance of Fn::GetAtt refer" in done.err
    assert changed_nothing(aws)


def test_what_cloudformations_own_validation_finds_is_told_with_its_place(aws, kkinfra):
    aws.is_there()
    aws.fails_with = "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]."
    done = kkinfra("provision", "production", "--yes")
    assert "\n  Database /Resources/Database: Property Engin is not defined" in done.err


@pytest.mark.parametrize("operation", ["DescribeStacks", "CreateChangeSet", "ExecuteChangeSet"])
def test_a_missing_permission_is_told_by_name_wherever_it_is_missing(aws, kkinfra, operation):
    aws.is_there()
    aws.refuses[operation] = RefusedError(
        "AccessDenied",
        f"User: arn:aws:iam::123456789012:user/kim is not authorized to perform: cloudformation:{operation} on "
        f"resource: {ARN} because no identity-based policy allows the cloudformation:{operation} action",
    )
    done = kkinfra("provision", "production", "--yes")
    assert done.code == 1
    assert f"user/kim may not do cloudformation:{operation} on {ARN}; allow it: `kkinfra provision produ" in done.err


def test_json_is_one_document_and_all_else_is_told_beside_it(aws, kkinfra):
    aws.is_there()
    aws.ends_with(*CHANGED)
    done = kkinfra("provision", "production", "--yes", "-o", "json")
    document = json.loads(done.out)
    plan, outcome = document["plan"], document["outcome"]
    assert (plan["action"], plan["environment"], plan["problem"]) == ("provision", "production", "")
    assert plan["changes"][0]["fields"][0]["after"] == 30
    assert (outcome["action"], outcome["result"], outcome["release"]) == ("provision", "done", "")
    assert (outcome["details"]["status"], plan["details"]["status"]) == ("UPDATE_COMPLETE", "CREATE_COMPLETE")
    assert outcome["details"]["outputs"]["Address"] == "203.0.113.7"
    about = {"account": "123456789012", "region": "ap-northeast-2", "stack": "kkambbaki-production"}
    about["change_set"] = aws.asked("ExecuteChangeSet")[0]["ChangeSetName"]
    for details in (plan["details"], outcome["details"]):
        assert {name: details[name] for name in about} == about


def test_quiet_says_nothing(aws, kkinfra):
    aws.is_there()
    aws.ends_with(*CHANGED)
    done = kkinfra("provision", "production", "--yes", "-q")
    assert (done.code, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--as", "root"], "--as does nothing without --host; leave it out"),
        (["--drift", "--yes"], "--yes does nothing with --drift; leave it out"),
        (["--policy", "--newest-image"], "--newest-image does nothing with --policy; leave it out"),
        (["--host", "--allow-replace", "X"], "--allow-replace does nothing with --host; leave it out"),
        (["--host", "--timeout", "9"], "--timeout does nothing with --host; leave it out"),
        (["--host", "--drift"], "--drift does nothing with --host; leave it out"),
        (["--by", "database", "--policy"], "--policy does nothing with --database; leave it out"),
        (["--policy", "--dry-run"], "--dry-run does nothing with --policy; leave it out"),
        (["--key", "key.pub", "--compose", "x"], "--compose does nothing without --host; leave it out"),
    ],
)
def test_a_flag_that_would_do_nothing_is_refused(aws, kkinfra, arguments, problem):
    done = kkinfra("provision", "production", *arguments)
    assert (done.code, problem in done.err) == (1, True)
    assert aws.calls == []
