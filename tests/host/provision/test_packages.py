"""Packages: what is offered, who else installs, and what was cut off. Texts are those of apt 2.6 and dpkg 1.21."""

from __future__ import annotations

import pytest

from kkinfra.host.errors import HostError
from kkinfra.host.provision import apt, dnf, packages
from kkinfra.host.provision.wanted import WantedHost
from recorded_machine import POLICIES, bare

WANTED = WantedHost("deploy", "/srv/x")
LISTS_HELD = """\
E: Could not get lock /var/lib/apt/lists/lock. It is held by process 2948 (unattended-upgr)
E: Unable to lock directory /var/lib/apt/lists/
"""
WAITED = (
    "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 2948 (apt-get)...\n"
)
HELD = "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?\n"
DPKG_HELD = """\
dpkg: error: dpkg frontend lock was locked by another process with pid 2948
Note: removing the lock file is always wrong, can damage the locked area
"""
AUDIT = """\
The following packages are in a mess due to serious problems during
installation.  They must be reinstalled for them (and any packages
that depend on them) to function properly:
 docker.io            (no description available)

The following packages have been unpacked but not yet configured.
They must be configured using dpkg --configure or the configure
menu option in dselect for them to work:
 containerd           open and reliable container runtime

The following packages are missing the md5sums control file in the
database, they need to be reinstalled:
 docker.io            (no description available)

"""


@pytest.fixture
def debian(tmp_path, monkeypatch):
    monkeypatch.setattr(apt.time, "sleep", lambda _: None)
    return bare(tmp_path, "debian-12", monkeypatch)


@pytest.mark.parametrize(
    ("name", "offers"),
    [
        ("debian-12", {"docker.io": "20.10.24+dfsg1-1+deb12u1+b6", "docker-compose": "1.29.2-3"}),
        ("ubuntu-24.04", {"docker.io": "24.0.7-0ubuntu4", "docker-compose-v2": "2.24.6+ds1-0ubuntu2"}),
    ],
)
def test_what_apt_offers(name, offers):
    assert apt.candidates(POLICIES[name]) == offers


def test_what_dnf_offers():
    assert dnf.listed("docker 25.0.14\ndocker-compose-plugin 2.19.1\n\nLast metadata expiration check: now\n") == {
        "docker": "25.0.14",
        "docker-compose-plugin": "2.19.1",
    }


@pytest.mark.parametrize(
    ("output", "errors", "holder"),
    [
        ("", LISTS_HELD, "process 2948 (unattended-upgr)"),
        (WAITED, HELD, "process 2948 (apt-get)"),
        ("", HELD, "another process"),
        ("", DPKG_HELD, "process 2948"),
        (WAITED, "E: Unable to fetch some archives", ""),
        ("", "", ""),
    ],
)
def test_who_has_the_lock(output, errors, holder):
    assert apt.lock_holder(output, errors) == holder


def test_whoever_else_installs_is_waited_for_and_named_once(debian):
    debian.says("apt-get", errors=LISTS_HELD, code=100)
    debian.then_says("apt-get", errors=LISTS_HELD, code=100)
    debian.then_says("apt-get")
    debian.machine().packages.install("tini")
    waiting = [line for line in debian.told if "waiting" in line]
    assert waiting == ["process 2948 (unattended-upgr) is installing; waiting for it, up to 10 min"]
    assert [asked[-1] for asked in debian.was_asked("apt-get")] == ["update", "update", "update", "tini"]


def test_nobody_is_waited_for_forever(debian, monkeypatch):
    moments = iter(range(0, 100_000, 100))
    monkeypatch.setattr(apt.time, "monotonic", lambda: next(moments))
    debian.says("apt-get", errors=LISTS_HELD, code=100)
    with pytest.raises(HostError, match=r"held by process 2948 \(unattended-upgr\)"):
        debian.machine().packages.install("tini")


def test_nothing_asks_a_question_and_nothing_is_only_recommended(debian):
    debian.says("apt-get")
    machine = debian.machine()
    machine.packages.install("tini")
    machine.packages.install("sudo", "cron")
    update, first, second = debian.was_asked("apt-get")
    assert update[-1] == "update"
    assert first[-3:] == ("--no-install-recommends", "install", "tini")
    assert second[-4:] == ("--no-install-recommends", "install", "sudo", "cron")
    assert {"--yes", "--option=Dpkg::Options::=--force-confold"} <= set(first)


def test_the_last_lines_of_a_failure_are_told(debian):
    said = "".join(f"line {number}\n" for number in range(40))
    debian.says("apt-get", output=said, errors="E: Sub-process /usr/bin/dpkg returned an error code (1)\n", code=100)
    with pytest.raises(HostError) as raised:
        debian.machine().packages.install("tini")
    lines = str(raised.value).splitlines()
    assert lines[0].startswith("`apt-get --yes")
    assert lines[0].endswith("update` exited with 100 on the host:")
    assert lines[1] == "line 22"
    assert lines[-2:] == ["", "E: Sub-process /usr/bin/dpkg returned an error code (1)"]


def test_lists_that_were_never_fetched_are_fetched_to_be_looked_into_only(debian, tmp_path):
    (tmp_path / "var/lib/apt/lists/archive_dists_x_main_binary-amd64_Packages").unlink()
    before = sorted(tmp_path.rglob("*"))
    hook = 'APT::Update::Post-Invoke-Success:: "touch /var/lib/apt/periodic/update-success-stamp || true";'
    debian.says("apt-config", "dump", output=f'Acquire::http::Proxy "http://10.0.0.1:3142";\n{hook}\n')
    debian.says("apt-get")
    assert debian.machine().packages.offers == apt.candidates(POLICIES["debian-12"])
    assert debian.told == ["fetching the lists of packages, to look into them only"]
    assert sorted(tmp_path.rglob("*")) == before


def test_the_configuration_of_such_a_look_is_the_machines_own_without_hooks(tmp_path):
    dumped = (
        'Acquire::http::Proxy "http://10.0.0.1:3142";\nAPT::Update::Post-Invoke:: "x";\nDir::Etc::parts "apt.conf.d";\n'
    )
    lines = apt.private_configuration(dumped, tmp_path).splitlines()
    assert lines[0] == 'Acquire::http::Proxy "http://10.0.0.1:3142";'
    assert f'Dir::State::lists "{tmp_path}/lists";' in lines
    assert 'Dir::Etc::parts "/dev/null";' in lines
    assert not any("Post-Invoke" in line or "apt.conf.d" in line for line in lines)


def test_lists_that_cannot_be_fetched_are_an_error_with_what_apt_says(debian, tmp_path):
    (tmp_path / "var/lib/apt/lists/archive_dists_x_main_binary-amd64_Packages").unlink()
    debian.says("apt-config")
    debian.says("apt-get", errors="W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease")
    debian.says("apt-cache")
    with pytest.raises(HostError, match=r"apt's sources offer no Docker engine(?s:.)*Failed to fetch"):
        _ = debian.machine().packages.offers


def test_what_was_cut_off_is_found_and_ended(debian):
    debian.says("dpkg", "--audit", output=AUDIT)
    debian.says("dpkg", "--configure")
    debian.says("apt-get")
    item = packages.find(debian.machine(), WANTED)
    assert (item.found, item.todo) == ("installing was cut off: docker.io, containerd", "bring that to its end")
    item.apply()
    assert [asked[0] for asked in debian.asked[-2:]] == ["dpkg", "apt-get"]
    assert debian.asked[-1][-2:] == ("--fix-broken", "install")


def test_what_dpkg_alone_cannot_end_is_left_to_apt(debian):
    debian.says("dpkg", "--audit", output=AUDIT)
    debian.says("dpkg", "--configure", errors="dpkg: dependency problems prevent configuration of docker.io", code=1)
    debian.says("apt-get")
    packages.find(debian.machine(), WANTED).apply()
    assert "trying `apt-get --fix-broken install`" in debian.told[-1]


def test_a_journal_of_dpkg_alone_counts_too(debian):
    debian.has("/var/lib/dpkg/updates/0003")
    assert packages.find(debian.machine(), WANTED).found == "installing was cut off: dpkg"


def test_a_machine_in_order_says_so(debian):
    item = packages.find(debian.machine(), WANTED)
    assert (item.found, item.todo) == ("Debian GNU/Linux 12 (bookworm), apt is in order", "")
