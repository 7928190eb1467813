"""Hosts that are left to the outputs of a stack: filled in, traced back, and missed in clear words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kkinfra.cli.main import main
from kkinfra.errors import SpecError
from kkinfra.rendering.pipeline import open_spec, render, resolve
from kkinfra.spec.output_fields import NOT_YET
from kkinfra.spec.stack_outputs import write_outputs
from kkinfra.system import cache
from outputs_of_production import TOLD

RUN = "run `kkinfra provision production`"
HOST, ENDPOINT = "environments.production.delivery.host", "environments.production.stack.postgresql.endpoint"


def problems(spec):
    with pytest.raises(SpecError) as raised:
        resolve(open_spec(spec), "production")
    return [(str(issue.location.file), issue.field, issue.problem) for issue in raised.value.issues]


def test_both_hosts_are_filled_in_and_rendered(spec, told):
    environment = resolve(open_spec(spec), "production")
    assert environment.delivery.host == "203.0.113.7"
    assert environment.stack["postgresql"].endpoint == "db.example.org"
    assert "DATABASE_HOST: db.example.org" in render(environment)["compose.yaml"].content


def test_what_is_written_in_the_specification_wins(spec, told):
    spec.write_text(spec.read_text().replace("by: ssh,", "by: ssh, host: other.example.org,"))
    environment = resolve(open_spec(spec), "production")
    assert environment.delivery.host == "other.example.org"
    assert environment.stack["postgresql"].endpoint == "db.example.org"


def test_a_database_of_any_name_is_filled_in(spec, told):
    text = spec.read_text().replace("  postgresql:    {version", "  db:    {kind: postgresql, version")
    spec.write_text(text.replace("      postgresql:\n        on: rds", "      db:\n        on: rds"))
    text = spec.read_text()
    spec.write_text(text.replace("      postgresql: {on: statefulset", "      db: {on: statefulset"))
    assert resolve(open_spec(spec), "production").stack["db"].endpoint == "db.example.org"


def test_a_value_is_traced_to_its_line_in_the_file_of_outputs(spec, told, capsys):
    assert main(["explain", "production", "delivery.host", "--spec", str(spec)]) == 0
    assert (
        capsys.readouterr().out == 'delivery.host = "203.0.113.7"  spec/production.outputs.yaml:6:12  outputs.Address\n'
    )


def test_a_rendered_line_is_traced_there_too(spec, told, capsys):
    lines = render(resolve(open_spec(spec), "production"))["compose.yaml"].content.split("\n")
    line = lines.index("      DATABASE_HOST: db.example.org") + 1
    assert main(["explain", "production", f"compose.yaml:{line}", "--spec", str(spec)]) == 0
    assert "spec/production.outputs.yaml:7:21  outputs.DatabaseEndpoint\n" in capsys.readouterr().out


def test_before_the_stack_is_there_only_its_environment_waits_for_it(spec, capsys):
    first, second = problems(spec)
    remedy = f"{RUN}, which writes production.outputs.yaml, or write"
    said = "is left to the output {} of the stack, which is not known yet"
    assert first == ("spec/environments.yaml", HOST, f"{said.format('Address')}; {remedy} host: HOST")
    assert second == ("spec/environments.yaml", ENDPOINT, f"{said.format('DatabaseEndpoint')}; {remedy} endpoint: HOST")
    assert main(["render", "alpha", "-q", "--spec", str(spec)]) == 0
    assert main(["render", "--all", "--spec", str(spec)]) == 1
    assert main(["validate", "--spec", str(spec)]) == 1
    assert "2 errors; nothing was written" in capsys.readouterr().err
    assert main(["validate", "alpha", "--spec", str(spec)]) == 0


def test_a_stack_can_be_made_before_its_outputs_are_known(spec):
    environment = resolve(open_spec(spec), "production", provisioned=False)
    assert environment.delivery.host == environment.stack["postgresql"].endpoint == NOT_YET
    assert NOT_YET not in render(environment)["cloudformation/stack.yaml"].content


def test_an_output_that_the_file_does_not_have(spec, told):
    write_outputs(told, "production", replace(TOLD, outputs={"Address": "203.0.113.7"}))
    ((file, field, problem),) = problems(spec)
    assert (file, field) == ("spec/environments.yaml", ENDPOINT)
    assert problem.startswith(
        "is left to the output DatabaseEndpoint, which spec/production.outputs.yaml does not have; "
    )


def test_an_output_that_is_no_host(spec, told):
    write_outputs(told, "production", replace(TOLD, outputs={**TOLD.outputs, "Address": "a b"}))
    ((_, field, problem),) = problems(spec)
    assert field == HOST
    assert problem.startswith(f"is left to spec/production.outputs.yaml:6:12, and 'a b' is no host; {RUN}, which")


@pytest.mark.parametrize(
    ("change", "theirs"),
    [
        ({"stack": "other"}, "stack other in ap-northeast-2, account 123456789012"),
        ({"region": "eu-west-1"}, "stack kkambbaki-production in eu-west-1, account 123456789012"),
        ({"account": "210987654321"}, "stack kkambbaki-production in ap-northeast-2, account 210987654321"),
    ],
)
def test_outputs_of_another_stack_are_refused(spec, told, change, theirs):
    write_outputs(told, "production", replace(TOLD, **change))
    ((file, field, problem),) = problems(spec)
    assert (file, field) == ("spec/production.outputs.yaml", "stack")
    mine = "stack kkambbaki-production in ap-northeast-2, account 123456789012"
    assert problem == f"is about {theirs}, and the specification about {mine}; {RUN}, or take the file away"


def test_without_an_account_the_hosts_have_to_be_written(spec, told):
    spec.write_text(spec.read_text().replace('account: "123456789012", zones: [a, c]', "disk: 20GiB"))
    assert [problem for _, _, problem in problems(spec)] == [
        "is missing; write host: kkambbaki.example.org",
        "is missing; write endpoint: kkambbaki.123456789012.ap-northeast-2.rds.amazonaws.com",
    ]


def test_the_stamp_notices_another_output(spec, told):
    before = cache.inputs(str(spec), [])
    write_outputs(told, "production", replace(TOLD, outputs={**TOLD.outputs, "Address": "203.0.113.8"}))
    changed = cache.inputs(str(spec), [])
    told.unlink()
    assert len({before, changed, cache.inputs(str(spec), [])}) == 3


def test_the_verb_that_makes_the_stack_waits_for_no_output(spec, capsys):
    assert main(["provision", "production", "--policy", "--spec", str(spec)]) == 0
    assert "ec2:RunInstances" in capsys.readouterr().out
    assert main(["provision", "production", "--host", "--dry-run", "--spec", str(spec)]) == 1
    assert f"{HOST}: is left to the output Address of the stack" in capsys.readouterr().err
