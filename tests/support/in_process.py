"""The command, run in the process of the tests."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from kkinfra.cli.main import main


class Done(NamedTuple):
    code: int
    output: str
    errors: str


@pytest.fixture
def kkinfra(capfd):
    """The command, in this process."""

    def call(*arguments):
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = stop.code
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        return Done(code, said.out, said.err)

    return call
