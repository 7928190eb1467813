"""A flag that would do nothing, for how an environment is delivered, is refused before anything is connected to."""

from pathlib import Path

import pytest

from kkinfra.cli.main import main

SPEC = "spec/environments.yaml"


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    """The real specification, with alpha applied straight to the cluster."""
    head, rest = Path(SPEC).read_text().split("    delivery:\n      by: gitops", 1)
    after = rest[rest.index("    stack:\n") :]
    path = tmp_path_factory.mktemp("spec") / "environments.yaml"
    path.write_text(f"{head}    delivery: {{by: apply}}\n{after}")
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["deploy", "production", "--bootstrap"], "--bootstrap is for what is delivered by apply or gitops"),
        (["deploy", "production", "--prune", "pvc/x"], "--prune is for what is delivered by apply"),
        (["deploy", "production", "--pull-request"], "--pull-request is for what is delivered by gitops"),
        (["deploy", "production", "--force-conflicts"], "--force-conflicts is for what is delivered by apply"),
        (["status", "production", "--context", "homelab"], "--context is for what is delivered by apply or gitops"),
        (["deploy", "alpha", "--staging-first"], "--staging-first is for what is delivered by ssh"),
        (["deploy", "alpha", "--retry-certificate"], "--retry-certificate is for what is delivered by ssh"),
        (["deploy", "alpha", "--lock-wait", "5"], "--lock-wait is for what is delivered by ssh or apply"),
        (["deploy", "alpha", "--bootstrap", "--pull-request"], "--pull-request is for what is delivered by gitops"),
    ],
)
def test_a_flag_that_does_nothing_there_is_refused(arguments, told, capsys):
    assert main([*arguments, "--spec", SPEC]) == 1
    assert told in capsys.readouterr().err


def test_so_it_is_where_kkinfra_applies(applied, capsys):
    assert main(["deploy", "alpha", "--allow-unsafe-migrations", "--spec", applied]) == 1
    assert "--allow-unsafe-migrations is for what is delivered by ssh, and this is by apply" in capsys.readouterr().err
