"""The pictures of the documentation are those of the specification."""

from pathlib import Path

import pytest

from kkinfra.cli.main import main

PICTURES = Path("docs/pictures")


@pytest.mark.parametrize("name", ["whole", "alpha", "production"])
def test_it_is_drawn_from_the_specification(name, tmp_path):
    drawn = tmp_path / "drawn.svg"
    arguments = [] if name == "whole" else [name]
    assert main(["diagram", *arguments, "--spec", "spec/environments.yaml", "--out", str(drawn)]) == 0
    assert drawn.read_bytes() == (PICTURES / f"{name}.svg").read_bytes(), (
        "run `kkinfra diagram [ENV] --out docs/pictures/NAME.svg`"
    )


def test_each_is_shown(capsys):
    shown = Path("docs/diagrams.md").read_text()
    assert all(f"](pictures/{picture.name})" in shown for picture in PICTURES.iterdir())
