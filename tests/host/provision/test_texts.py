"""The files that provisioning edits: what it adds is there once, and what was there stays."""

from __future__ import annotations

import configparser
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.cli.table import table
from kkinfra.host.errors import HostError
from kkinfra.host.provision import authorized_keys, daemon_json, distribution, elf, fstab, upgrades_dnf, versions
from recorded_machine import RELEASES

KEYS = [f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{letter * 20} {letter}@laptop" for letter in "abcd"]
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
VALUES = st.booleans() | st.text(max_size=9) | st.dictionaries(st.text(max_size=9), st.integers(), max_size=3)
DRIVERS = st.sampled_from(["json-file", "local", "journald", "awslogs"])
CONFIGURATIONS = st.builds(
    lambda rest, driver, options, live: {**rest, **driver, **options, **live},
    st.dictionaries(st.text(max_size=9), VALUES, max_size=4),
    st.builds(lambda name: {"log-driver": name}, DRIVERS) | st.just({}),
    st.builds(lambda found: {"log-opts": found}, st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3))
    | st.just({}),
    st.builds(lambda found: {"live-restore": found}, st.booleans()) | st.just({}),
)


@given(CONFIGURATIONS)
def test_the_engines_configuration_keeps_everything_else(found):
    merged = daemon_json.merged(found, "10m", 3)
    ours = {"log-driver", "log-opts", "live-restore"}
    assert {key: value for key, value in merged.items() if key not in ours} == {
        key: value for key, value in found.items() if key not in ours
    }
    assert merged["log-opts"]["max-size"] == "10m"
    assert merged["log-opts"]["max-file"] == "3"


@given(CONFIGURATIONS)
def test_the_engines_configuration_is_merged_once(found):
    merged = daemon_json.merged(found, "10m", 3)
    again = daemon_json.parsed(daemon_json.written(merged).decode())
    assert daemon_json.merged(again, "10m", 3) == again == merged
    assert not daemon_json.needs_restart(again, merged)


@pytest.mark.parametrize(
    ("found", "options"),
    [
        ({"log-opts": {"tag": "x"}}, {"tag": "x"}),
        ({"log-driver": "json-file", "log-opts": {"compress": "true"}}, {"compress": "true"}),
        ({"log-driver": "awslogs", "log-opts": {"awslogs-group": "x"}}, {}),
    ],
)
def test_options_of_another_log_driver_go_with_it(found, options):
    assert daemon_json.merged(found, "10m", 3)["log-opts"] == {**options, "max-size": "10m", "max-file": "3"}


def test_only_live_restore_is_brought_in_by_a_reload():
    limits = daemon_json.merged({}, "10m", 3)
    assert not daemon_json.needs_restart({**limits, "live-restore": False}, limits)
    assert daemon_json.needs_restart({"live-restore": True}, limits)


@pytest.mark.parametrize("text", ['{"a": ', "[]", '"x"', '{"log-opts": []}', "{} x"])
def test_a_configuration_that_no_engine_reads_is_an_error(text):
    with pytest.raises(HostError, match=r"/etc/docker/daemon.json is no.* repair it, or move it away"):
        daemon_json.parsed(text)


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_configuration_is_none(text):
    assert daemon_json.parsed(text) == {}


def test_flags_that_say_the_same_are_found():
    words = ["/usr/bin/dockerd", "-H", "fd://", "--log-opt", "max-size=1g", "--log-driver=local", "--log-level=warn"]
    assert daemon_json.flags(words) == ["--log-opt", "--log-driver=local"]


@given(st.lists(LINES))
def test_the_table_of_mounts_names_the_swap_file_once_and_keeps_all_lines(lines):
    text = "\n".join(lines)
    added = fstab.with_swap(text, "/swapfile")
    assert added.startswith(text)
    assert fstab.has_swap(added, "/swapfile")
    assert fstab.with_swap(added, "/swapfile") == added


def test_another_swap_file_or_a_comment_is_not_ours():
    assert not fstab.has_swap("#/swapfile none swap sw 0 0\n/other none swap sw 0 0\n/swapfile\n", "/swapfile")


SECTIONS = st.lists(
    st.sampled_from(
        ["[commands]", "[base]", "upgrade_type = default", "apply_updates=no", "# x = y", "", "emit_via = stdio"]
    )
)


@given(SECTIONS)
def test_settings_are_there_once_in_their_section_and_all_else_stays(lines):
    text = "\n".join(["[main]", *lines])
    changed = upgrades_dnf.with_settings(text, "commands", upgrades_dnf.SETTINGS)
    read = configparser.ConfigParser(strict=False)
    read.read_string(changed)
    assert {name: read["commands"][name] for name in upgrades_dnf.SETTINGS} == upgrades_dnf.SETTINGS
    assert upgrades_dnf.with_settings(changed, "commands", upgrades_dnf.SETTINGS) == changed
    assert others(changed) == [*others(text), *(["[commands]"] if "[commands]" not in lines else [])]


def others(text):
    """The lines that are no settings of ours."""
    return [line for line in text.splitlines() if line.partition("=")[0].strip() not in upgrades_dnf.SETTINGS]


# dnf-automatic's own file, as the package of dnf 4.14.0 has it
AUTOMATIC = """\
[commands]
#  What kind of upgrade to perform:
# default                            = all available upgrades
# security                           = only the security upgrades
upgrade_type = default
random_sleep = 0
network_online_timeout = 60
download_updates = yes
apply_updates = no


[emitters]
emit_via = stdio
"""


def test_the_file_of_dnf_automatic_changes_in_two_lines():
    changed = upgrades_dnf.with_settings(AUTOMATIC, "commands", upgrades_dnf.SETTINGS)
    before, after = AUTOMATIC.splitlines(), changed.splitlines()
    assert len(before) == len(after)
    assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == [
        ("upgrade_type = default", "upgrade_type = security"),
        ("apply_updates = no", "apply_updates = yes"),
    ]


@given(st.lists(LINES | st.sampled_from(KEYS)), st.lists(st.sampled_from(KEYS)))
def test_keys_are_added_once_and_none_goes(lines, keys):
    text = "\n".join(lines)
    added = authorized_keys.with_keys(text, keys)
    assert added.startswith(text)
    assert authorized_keys.missing(added, keys) == ()
    assert authorized_keys.with_keys(added, keys) == added


def test_a_key_is_known_again_under_another_comment_and_with_options():
    line = f'from="10.0.0.0/8",no-pty {KEYS[0].rsplit(" ", 1)[0]} home'
    assert authorized_keys.missing(line, KEYS[:2]) == (KEYS[1],)
    assert authorized_keys.identity(f"# {KEYS[0]}") == ""


# as a cloud's image has it for root
FORCED = (
    'no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command="echo \'Please login as the user \\"admin\\" '
    f'rather than the user \\"root\\".\';echo;sleep 10;exit 142" {KEYS[0]}'
)


def test_a_key_that_is_only_told_to_go_away_lets_nobody_in():
    assert authorized_keys.usable(f"{FORCED}\n{KEYS[1]}\n") == (KEYS[1],)
    assert authorized_keys.missing(FORCED, KEYS[:1]) == (KEYS[0],)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("20.10.24+dfsg1", (20, 10, 24)),
        ("5:27.3.1-1~debian.12~bookworm", (27, 3, 1)),
        ("v2.20.2", (2, 20, 2)),
        ("2.24.6+ds1-0ubuntu2", (2, 24, 6)),
        ("2.20", (2, 20)),
        ("", ()),
        ("dev", ()),
    ],
)
def test_versions_are_the_numbers_that_they_start_with(text, numbers):
    assert versions.numbers(text) == numbers


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4), st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_versions_compare_as_their_numbers_do(one, other):
    assert versions.is_at_least(versions.written(tuple(one)), tuple(other)) == (one >= other)
    assert versions.numbers(versions.written(tuple(one))) == tuple(one)


def test_ten_comes_after_nine():
    assert versions.is_at_least("20.10.5", (20, 9))
    assert not versions.is_at_least("2.9.0", versions.COMPOSE)


@pytest.mark.parametrize("name", RELEASES)
def test_the_distributions_are_recognised(name):
    found = distribution.recognised(RELEASES[name])
    assert f"{found.id}-{found.version}" == name
    assert found.manager == ("dnf" if name.startswith("amzn") else "apt")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n',
            "Debian GNU/Linux 11 (bullseye)",
        ),
        ("ID=arch\nPRETTY_NAME='Arch Linux'\n", "Arch Linux"),
        ("ID=ubuntu\nVERSION_ID=20.04\n", "ubuntu 20.04"),
        ('ID=amzn\nVERSION_ID="2"\n', "amzn 2"),
        ("", "linux"),
        ('# ID=debian\nID="deb', 'linux|"deb'),
    ],
)
def test_any_other_is_named_with_those_that_are_known(text, name):
    with pytest.raises(HostError, match=r"kkinfra prepares Debian 12 and 13, Ubuntu 22.04 and 24.04, Amazon") as raised:
        distribution.recognised(text)
    assert any(part in str(raised.value) for part in name.split("|"))


CELLS = st.text("ab-/. ", max_size=60)


@given(st.lists(st.tuples(st.text("ab", max_size=12), CELLS, CELLS), min_size=1), st.integers(1, 200))
def test_a_table_has_every_letter_and_no_line_is_wider_than_told(rows, width):
    lines = table(rows, width)
    assert all(len(line) <= max(width, 54) for line in lines)
    assert letters(lines) == letters(cell for row in rows for cell in row)


def letters(texts):
    """Their letters, whatever their order."""
    return sorted("".join(texts).replace(" ", ""))


@pytest.mark.parametrize(
    ("program", "processor"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00", "x86_64"),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00", "aarch64"),
        (b"\x7fELF\x02\x02\x01" + bytes(9) + b"\x00\x02\x00\x16", "processor 22 of elf(5)"),
        (b"#!/usr/bin/python3\n" + bytes(9), ""),
        (b"\x7fELF", ""),
        (b"", ""),
    ],
)
def test_the_processor_of_a_program(program, processor):
    assert elf.processor(program) == processor


def test_what_is_written_is_json_for_people():
    assert json.loads(daemon_json.written({"a": "é"})) == {"a": "é"}
    assert daemon_json.written({"a": 1}) == b'{\n  "a": 1\n}\n'
