"""Variables and secret files: what is read, and how everything that is wrong is told at once."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from config.environment import Environment, Secret


def problems_of(env: Environment) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        env.check()
    return str(caught.value)


def test_what_is_set_is_read() -> None:
    env = Environment({"NAME": "text", "ON": "Yes", "OFF": "0", "PORT": "5432", "HOSTS": "a, b,,c ", "LEVEL": "INFO"})
    assert env.text("NAME") == "text"
    assert (env.flag("ON"), env.flag("OFF", default=True), env.flag("ABSENT", default=True)) == (True, False, True)
    assert env.number("PORT", 1, most=65535) == 5432
    assert env.words("HOSTS") == ["a", "b", "c"]
    assert env.choice("LEVEL", ("INFO", "ERROR"), "ERROR") == "INFO"
    env.check()


def test_all_problems_are_told_together() -> None:
    env = Environment({"DEBUG": "perhaps", "PORT": "70000", "SIZE": "four", "LEVEL": "loud", "URL": "ftp://host/"})
    env.flag("DEBUG")
    env.number("PORT", 1, most=65535)
    env.number("SIZE", 1)
    env.choice("LEVEL", ("INFO", "ERROR"), "INFO")
    env.url("URL", ("http", "https"))
    env.text("ABSENT")
    assert problems_of(env).splitlines() == [
        "The product cannot start:",
        "- DEBUG is 'perhaps'. Write true or false.",
        "- PORT is '70000'. Write a whole number from 0 to 65535.",
        "- SIZE is 'four'. Write a whole number from 0 to 2147483648.",
        "- LEVEL is 'loud'. Write one of: INFO, ERROR.",
        "- URL is not an address. Write one that begins with http or https://.",
        "- ABSENT is absent. Set it, or set ABSENT_FILE to the path of a file that holds it.",
    ]


def test_a_secret_file_is_read_without_the_end_of_its_line(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" a secret \r\n")
    env = Environment({"KEY_FILE": str(tmp_path / "key")})
    assert env.secret("KEY").reveal() == " a secret "
    assert env.secrets == [" a secret "]


def test_an_empty_file_counts_as_absent(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    env = Environment({"KEY_FILE": str(tmp_path / "key")})
    env.secret("KEY")
    (line,) = problems_of(env).splitlines()[1:]
    assert line.startswith(f"- KEY is absent: the file {tmp_path}/key is empty. Set it, or set KEY_FILE to")


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), (b"\xff\xfe\xfd", "it is not UTF-8 text")]
)
def test_a_file_that_cannot_be_read_is_told_once(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content:
        (tmp_path / "key").write_bytes(content)
    env = Environment({"KEY_FILE": str(tmp_path / "key")})
    env.secret("KEY", shortest=50)
    (line,) = problems_of(env).splitlines()[1:]
    assert line.startswith(f"- KEY_FILE: {tmp_path}/key cannot be read: {reason}.")


def test_a_variable_and_its_file_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("one")
    env = Environment({"KEY": "another", "KEY_FILE": str(tmp_path / "key")})
    env.secret("KEY")
    assert "KEY and KEY_FILE are both set. Keep one of them." in problems_of(env)


def test_a_short_secret_is_told_without_it() -> None:
    env = Environment({"KEY": "hunter2"})
    env.secret("KEY", shortest=50)
    assert problems_of(env).endswith("- KEY has 7 characters. It needs 50 at least.")


@pytest.mark.parametrize(
    "address", ["redis//x", "redis:///0", "redis://host:port/0", "http://:secret@host/", "redis://[::1"]
)
def test_a_wrong_address_is_not_repeated(address: str) -> None:
    env = Environment({"URL": address})
    env.url("URL", ("redis",))
    assert address not in problems_of(env)


def test_the_password_within_an_address_is_a_secret() -> None:
    env = Environment({"URL": "redis://:open-sesame@host:6379/0"})
    assert env.url("URL", ("redis",)) == "redis://:open-sesame@host:6379/0"
    assert env.secrets == ["open-sesame"]


@given(st.text(min_size=4).filter(lambda text: text not in "Secret('***')"))
def test_a_secret_never_prints(text: str) -> None:
    secret = Secret(text)
    assert text not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == text
