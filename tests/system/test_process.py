"""The one road to a process."""

from __future__ import annotations

import sys

import pytest

from kkinfra.errors import ProcessError
from kkinfra.system.command import Command
from kkinfra.system.process import converse, run


def python(code, directory="."):
    return Command((sys.executable, "-c", code), str(directory))


def test_how_a_command_ended():
    done = run(python("import sys; print('한'); print('e', file=sys.stderr); sys.exit(3)"), seconds=30)
    assert (done.code, done.output, done.errors) == (3, "한\n", "e\n")


def test_it_runs_where_it_is_told_to_and_reads_nothing(tmp_path):
    done = run(python("import os, sys; print(os.getcwd(), repr(sys.stdin.read()))", tmp_path), seconds=30)
    assert done.output == f"{tmp_path} ''\n"


def test_it_speaks_english():
    assert run(python("import os; print(os.environ['LC_ALL'])"), seconds=30).output == "C\n"


def test_nothing_goes_through_a_shell():
    done = run(Command((sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; *")), seconds=30)
    assert done.output == "$HOME; *\n"


def test_bytes_that_are_no_text_do_no_harm():
    assert (
        run(python("import sys; sys.stdout.buffer.write(b'a\\xffb')"), seconds=30).output
        == "a\N{REPLACEMENT CHARACTER}b"
    )


def test_one_that_does_not_end():
    with pytest.raises(ProcessError, match=r"did not end within 0.2 s; see why by running it yourself"):
        run(python("import time; time.sleep(60)"), seconds=0.2)


def test_one_that_is_not_there():
    with pytest.raises(ProcessError, match=r"nosuch cannot be started \(No such file or directory\)"):
        run(Command(("nosuch",)), seconds=1)


def test_a_command_reads_as_it_would_be_typed():
    assert str(Command(("git", "commit", "-m", "two words"))) == "git commit -m 'two words'"


class TestConversing:
    CODE = "import sys; print(len(sys.stdin.buffer.read())); print('e', file=sys.stderr); sys.exit(3)"

    def test_a_file_is_given_as_it_is(self, tmp_path):
        file = tmp_path / "large"
        file.write_bytes(bytes(3_000_000))
        heard = []
        with file.open("rb") as given:
            done = converse(python(self.CODE), given, heard.append, seconds=30)
        assert (heard, done.code, done.errors) == (["3000000\n"], 3, "e\n")

    def test_errors_are_heard_with_the_rest_where_that_is_asked(self):
        heard = []
        done = converse(python(self.CODE), b"abc", heard.append, seconds=30, with_errors=True)
        assert (sorted(heard), done.code, done.errors) == (["3\n", "e\n"], 3, "")
