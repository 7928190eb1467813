"""The verb `diagram`, as it is called."""

import pytest

from kkinfra.cli.main import main

SPEC = "spec/environments.yaml"


def test_without_an_environment_all_of_them_are_drawn(capsys):
    assert main(["diagram", "--spec", SPEC]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("flowchart TB\n")
    assert "kkambbaki-alpha, namespace" in shown
    assert "EC2 t2.micro" in shown


def test_one_is_drawn_into_a_file(tmp_path, capsys):
    file = tmp_path / "alpha.mmd"
    assert main(["diagram", "alpha", "--spec", SPEC, "--out", str(file)]) == 0
    assert capsys.readouterr().out == f"wrote {file}\n"
    assert "EC2" not in file.read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["alfa"], "did you mean 'alpha'?"),
        (["alpha", "--out", "nowhere/a.mmd"], "nowhere/a.mmd cannot be written: No such file or directory"),
    ],
)
def test_what_is_wrong_is_told(arguments, told, capsys):
    assert main(["diagram", "--spec", SPEC, *arguments]) == 1
    assert told in capsys.readouterr().err
