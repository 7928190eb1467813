"""What is found on a host, and what would be done about it: by distribution, and where something is in the way."""

from __future__ import annotations

import os

import pytest

from kkinfra.host.errors import HostError
from kkinfra.host.provision import (
    clock,
    compose_plugin,
    deploy_user,
    directory,
    engine,
    passwords,
    services,
    ssh_keys,
    sudo,
    swap,
    upgrades,
    upgrades_apt,
    verb,
)
from kkinfra.host.provision.wanted import WantedHost, read
from recorded_machine import RELEASES, bare

GIBIBYTE = 1 << 30
WANTED = WantedHost("deploy", "/srv/x", swap_bytes=GIBIBYTE, came_as="admin", compose_sha256="ab" * 32)
READING = {
    ("systemd-detect-virt",), ("dpkg", "--audit"), ("apt-cache",), ("dpkg-query",), ("rpm", "--query"), ("getent",),
    ("systemctl", "is-active"), ("systemctl", "is-enabled"), ("systemctl", "show"), ("dnf", "--quiet"), ("id",),
}  # fmt: skip
DOCKER_CE = "Docker version 29.0.2, build 8108357\n"  # docker-ce's; docker.io's is like "20.10.24+dfsg1, build 297e128"


def todo(item):
    return (item.found, item.todo)


@pytest.fixture
def debian(tmp_path, monkeypatch):
    return bare(tmp_path, "debian-12", monkeypatch)


@pytest.fixture
def amazon(tmp_path, monkeypatch):
    return bare(tmp_path, "amzn-2023", monkeypatch)


EXPECTED = {
    "debian-12": ("install docker.io 20.10.24+dfsg1-1+deb12u1+b6", "put the given program into /usr/local/lib/docker"),
    "debian-13": ("install docker.io 26.1.5+dfsg1-9+deb13u1+b1", "install docker-compose 2.26.1-4"),
    "ubuntu-22.04": (
        "install docker.io 28.2.2-0ubuntu1~22.04.1",
        "install docker-compose-v2 2.40.3+ds1-0ubuntu1~22.04.1",
    ),
    "ubuntu-24.04": ("install docker.io 24.0.7-0ubuntu4", "install docker-compose-v2 2.24.6+ds1-0ubuntu2"),
    "amzn-2023": ("install docker 25.0.14", "put the given program into /usr/local/lib/docker"),
}


@pytest.mark.parametrize("name", RELEASES)
def test_all_that_is_to_do_on_a_bare_host_is_told_and_nothing_is_changed(name, tmp_path, monkeypatch):
    recorded = bare(tmp_path, name, monkeypatch)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    found = verb.items(recorded.machine(), WANTED)
    by_name = {item.name: item.todo for item in found}
    assert by_name["Docker engine"].startswith(EXPECTED[name][0])
    assert by_name["Docker Compose"].startswith(EXPECTED[name][1])
    assert [item.name for item in found if not item.todo] == ["packages"]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    assert [words for words in recorded.asked if not any(words[: len(start)] == start for start in READING)] == []


def test_everything_that_is_in_the_way_is_told_at_once(debian):
    debian.has("/etc/docker/daemon.json", "{")
    debian.has("/srv/x", "a file")
    with pytest.raises(HostError) as raised:
        verb.items(debian.machine(), WantedHost("deploy", "/srv/x", came_as="nobody"))
    lines = str(raised.value).splitlines()
    assert [line.split()[0] for line in lines] == ["/etc/docker/daemon.json", "Docker", "no", "/srv/x", "nothing"]
    assert lines[-1] == "nothing was changed"


def test_compose_that_is_nowhere_names_the_three_ways(debian):
    with pytest.raises(HostError) as raised:
        compose_plugin.find(debian.machine(), WantedHost("deploy", "/srv/x", compose_remedy="`fetch it` brings one"))
    said = str(raised.value)
    assert "Docker Compose 2.20 or later is not on the host (none)" in said
    assert all(
        way in said
        for way in (
            "(--compose FILE; `fetch it` brings one)",
            "a source that has docker-compose-plugin",
            compose_plugin.PLACE,
        )
    )


@pytest.mark.parametrize(("version", "is_enough"), [("2.20.0", True), ("5.6.1", True), ("2.19.1", False), ("", False)])
def test_compose_that_is_there_is_asked_for_its_version(debian, version, is_enough):
    program = debian.has("/usr/libexec/docker/cli-plugins/docker-compose")
    debian.says(str(program), "version", "--short", output=f"v{version}\n", code=0 if version else 126)
    item = compose_plugin.find(debian.machine(), WANTED)
    assert item.found == f"{version or 'one that does not run'}, in /usr/libexec/docker/cli-plugins"
    assert bool(item.todo) is not is_enough


def test_the_engine_of_somebody_else_is_left_alone(debian):
    debian.has("/usr/bin/dockerd")
    debian.has("/usr/bin/docker")
    debian.says("/usr/bin/dockerd", "--version", output=DOCKER_CE)
    debian.says("systemctl")
    assert todo(engine.find(debian.machine(), WANTED)) == ("29.0.2, running", "")


def test_an_engine_that_does_not_run_is_enabled_and_started(debian):
    debian.has("/usr/bin/dockerd")
    debian.has("/usr/bin/docker")
    debian.says("/usr/bin/dockerd", "--version", output=DOCKER_CE)
    item = engine.find(debian.machine(), WANTED)
    assert todo(item) == ("29.0.2", "enable docker.service, start docker.service")
    debian.says("systemctl").says("docker", "version")
    item.apply()
    assert debian.was_asked("systemctl", "enable") == [("systemctl", "enable", "--now", "docker.service")]
    assert debian.was_asked("apt-get") == []


def test_an_engine_that_is_about_to_run_is_waited_for(debian, monkeypatch):
    monkeypatch.setattr(services.time, "sleep", lambda _: None)
    debian.has("/usr/bin/dockerd")
    debian.has("/usr/bin/docker")
    debian.says("/usr/bin/dockerd", "--version", output=DOCKER_CE)
    debian.says("systemctl", "is-enabled")
    debian.says("systemctl", "is-active", output="activating\n", code=3).then_says(
        "systemctl", "is-active", output="active\n"
    )
    assert not engine.find(debian.machine(), WANTED).todo


def test_an_engine_that_is_too_old_is_not_touched(debian):
    debian.has("/usr/bin/dockerd")
    debian.says("/usr/bin/dockerd", "--version", output="Docker version 19.03.15, build 99e3ed8919\n")
    with pytest.raises(HostError, match=r"has Docker 19.03.15, and 20.10 is the least; upgrade it, or remove it"):
        engine.find(debian.machine(), WANTED)


def test_an_engine_from_a_snap_is_refused(debian):
    debian.has("/snap/bin/docker")
    with pytest.raises(HostError, match=r"Docker as a snap.*sudo snap remove docker"):
        engine.find(debian.machine(), WANTED)


@pytest.mark.parametrize(
    ("name", "apparmor", "packages"),
    [
        ("debian-12", "Y\n", ("docker.io", "ca-certificates", "apparmor")),
        ("debian-13", "N\n", ("docker.io", "ca-certificates", "docker-cli")),
        ("amzn-2023", "", ("docker",)),
    ],
)
def test_the_engine_comes_with_what_it_is_of_little_use_without(name, apparmor, packages, tmp_path, monkeypatch):
    recorded = bare(tmp_path, name, monkeypatch)
    recorded.has("/sys/module/apparmor/parameters/enabled", apparmor)
    recorded.has("/usr/bin/docker")
    for words in (("apt-get",), ("dnf", "--assumeyes"), ("systemctl",), ("docker", "version")):
        recorded.says(*words)
    engine.find(recorded.machine(), WANTED).apply()
    installed = [words for words in recorded.asked if "install" in words]
    assert [words[words.index("install") + 1 :] for words in installed] == [packages]


def test_a_service_that_does_not_start_is_told_with_its_log(debian):
    debian.has("/usr/bin/dockerd")
    debian.has("/usr/bin/docker")
    debian.says("/usr/bin/dockerd", "--version", output=DOCKER_CE)
    debian.says("systemctl", "enable", errors="Job for docker.service failed.", code=1)
    debian.says("journalctl", output="failed to start daemon: no space left on device\n")
    with pytest.raises(HostError, match=r"Job for docker.service failed.\nfailed to start daemon: no space left"):
        engine.find(debian.machine(), WANTED).apply()


def test_a_full_disk_is_refused_before_anything_is_installed(debian, monkeypatch):
    facts = os.statvfs("/")
    full = os.statvfs_result([*facts[:3], facts.f_blocks, 10, *facts[5:]])
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    with pytest.raises(HostError, match=r"Docker with the first images needs 1.5 GiB free in /var, and 0.0 GiB are"):
        engine.find(debian.machine(), WANTED)
    with pytest.raises(HostError, match=r"a swap file of 1 GiB needs 2.0 GiB free in /, and 0.0 GiB are"):
        swap.find(debian.machine(), WANTED)


SWAPS = "Filename\tType\tSize\tUsed\tPriority\n"


@pytest.mark.parametrize(
    ("swaps", "found", "due"),
    [
        ("", "none", "make /swapfile of 1 GiB, name it in /etc/fstab, use it late (vm.swappiness = 10)"),
        ("/dev/sda2 partition 2097148 0 -2\n", "2 GiB, in /dev/sda2", ""),
        ("/dev/sda2 partition 1048572 0 -2\n", "1 GiB, in /dev/sda2", ""),
        (
            "/swapfile file 1048572 0 -2\n",
            "1 GiB, in /swapfile",
            "name it in /etc/fstab, use it late (vm.swappiness = 10)",
        ),
        (
            "/swapfile file 524284 0 -2\n",
            "512 MiB, in /swapfile",
            "make /swapfile of 1 GiB, name it in /etc/fstab, use it late (vm.swappiness = 10)",
        ),
    ],
)
def test_swap_that_is_there_counts(debian, swaps, found, due):
    debian.has("/proc/swaps", SWAPS + swaps)
    assert todo(swap.find(debian.machine(), WANTED)) == (found, due)


def test_swap_that_is_all_set_up_is_left_alone(debian):
    debian.has("/proc/swaps", f"{SWAPS}/swapfile file 1048572 0 -2\n")
    debian.has("/etc/fstab", "/swapfile none swap sw 0 0\n")
    debian.has(swap.SETTINGS, swap.SETTING)
    assert todo(swap.find(debian.machine(), WANTED)) == ("1 GiB, in /swapfile", "")


def test_a_container_is_told_that_it_cannot_have_swap(debian):
    debian.says("systemd-detect-virt", output="docker\n")
    with pytest.raises(
        HostError, match=r"is a container, which has no swap of its own; leave out `platform.host.swap`"
    ):
        swap.find(debian.machine(), WANTED)
    assert not swap.find(debian.machine(), WantedHost("deploy", "/srv/x")).todo


@pytest.fixture
def quick_swap(debian, tmp_path):
    """A machine that makes and uses swap of 1 MiB at once."""
    debian.has("/etc/fstab", "UUID=1 / ext4 defaults 0 1\n")
    for program in ("fallocate", "dd", "mkswap", "swapon", "sysctl"):
        debian.says(program)
    (tmp_path / "etc/sysctl.d").mkdir(parents=True)
    return swap.find(debian.machine(), WantedHost("deploy", "/srv/x", swap_bytes=1 << 20))


def test_swap_is_made_for_root_only_and_named_for_the_next_boot(debian, quick_swap, tmp_path):
    quick_swap.apply()
    assert (tmp_path / "swapfile").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "etc/fstab").read_text() == "UUID=1 / ext4 defaults 0 1\n/swapfile none swap sw 0 0\n"
    assert (tmp_path / "etc/sysctl.d/60-kkinfra.conf").read_text() == "vm.swappiness = 10\n"
    assert debian.was_asked("dd") == []


def test_swap_that_cannot_be_allocated_is_written(debian, quick_swap):
    debian.says("swapon", errors="swapon: /swapfile: swapon failed: Invalid argument", code=255).then_says("swapon")
    quick_swap.apply()
    assert [words[0] for words in debian.asked[-6:]] == ["mkswap", "swapon", "dd", "mkswap", "swapon", "sysctl"]


def test_swap_that_the_kernel_refuses_leaves_nothing_behind(debian, quick_swap, tmp_path):
    debian.says("swapon", errors="swapon: /swapfile: swapon failed: Operation not permitted", code=255)
    with pytest.raises(HostError, match=r"the kernel does not take /swapfile as swap: .*Operation not permitted"):
        quick_swap.apply()
    assert not (tmp_path / "swapfile").exists()
    assert "/swapfile" not in (tmp_path / "etc/fstab").read_text()


def test_a_user_who_is_there_gets_what_is_missing(debian, tmp_path):
    debian.says("getent", "passwd", "deploy", output="deploy:x:1001:1001::/home/deploy:/usr/sbin/nologin\n")
    debian.says("id", output="deploy users\n")
    item = deploy_user.find(debian.machine(), WANTED)
    assert todo(item) == (
        "there, with UID 1001",
        "give it the shell /bin/bash, make its home /home/deploy, add it to group docker",
    )
    (tmp_path / "home/deploy").mkdir()
    debian.says("usermod")
    item.apply()
    assert debian.asked[-2:] == [
        ("usermod", "--shell", "/bin/bash", "deploy"),
        ("usermod", "--append", "--groups", "docker", "deploy"),
    ]


def test_a_user_who_is_as_wanted_is_left_alone(debian):
    debian.has("/home/deploy/.bashrc")
    debian.says("getent", "passwd", "deploy", output="deploy:x:1001:1001::/home/deploy:/bin/bash\n")
    debian.says("id", output="deploy docker\n")
    assert todo(deploy_user.find(debian.machine(), WANTED)) == ("there, with UID 1001", "")


def test_root_needs_neither_group_nor_rule(debian):
    root = WantedHost("root", "/srv/x")
    assert [item.find(debian.machine(), root).todo for item in (deploy_user, sudo)] == ["", ""]


def test_a_rule_is_read_by_visudo_before_it_is_in_place(debian, tmp_path):
    (tmp_path / "etc/sudoers.d").mkdir()
    rule = tmp_path / "etc/sudoers.d/kkinfra-deploy"
    item = sudo.find(debian.machine(), WANTED)
    debian.says("visudo", errors="syntax error", code=1)
    with pytest.raises(HostError, match="visudo refuses"):
        item.apply()
    assert list((tmp_path / "etc/sudoers.d").iterdir()) == []
    debian.says("visudo")
    item.apply()
    assert rule.read_text() == "deploy ALL=(ALL) NOPASSWD: ALL\n"
    assert rule.stat().st_mode & 0o777 == 0o440
    assert not sudo.find(debian.machine(), WANTED).todo
    rule.chmod(0o644)
    assert sudo.find(debian.machine(), WANTED).todo


def test_a_host_without_sudo_gets_it(debian, tmp_path):
    (tmp_path / "usr/bin/sudo").unlink()
    item = sudo.find(debian.machine(), WANTED)
    assert item.found == "not installed"
    assert item.todo.startswith("install sudo, let deploy become root")


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBB"


def test_keys_that_are_brought_are_added_else_those_of_who_came(debian):
    assert todo(ssh_keys.find(debian.machine(), WANTED)) == ("none", "add admin@laptop")
    brought = WantedHost("deploy", "/srv/x", came_as="admin", keys=(f"{KEY} ci", KEY))
    assert todo(ssh_keys.find(debian.machine(), brought)) == ("none", "add ssh-ed25519 ...BBBBBBBB")


def test_a_user_who_has_keys_keeps_them_and_gets_no_others_unasked(debian):
    debian.says("getent", "passwd", "deploy", output="deploy:x:1001:1001::/home/deploy:/bin/bash\n")
    debian.has("/home/deploy/.ssh/authorized_keys", f"{KEY} ci\n")
    assert todo(ssh_keys.find(debian.machine(), WANTED)) == ("1 of deploy", "")


def test_no_key_at_all_would_lock_out_and_is_an_error(debian):
    with pytest.raises(HostError, match=r"no key is known that would let deploy in: bring one \(--key FILE.pub\)"):
        ssh_keys.find(debian.machine(), WantedHost("deploy", "/srv/x", came_as="root"))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files to somebody")
def test_keys_are_written_for_their_user_alone_and_links_are_not_followed(debian, tmp_path):
    debian.says("getent", "passwd", "deploy", output="deploy:x:1001:1001::/home/deploy:/bin/bash\n")
    (tmp_path / "home/deploy").mkdir()
    ssh_keys.find(debian.machine(), WANTED).apply()
    file = tmp_path / "home/deploy/.ssh/authorized_keys"
    facts = file.stat()
    assert (facts.st_uid, facts.st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (1001, 0o600, 0o700)
    file.unlink()
    file.symlink_to(tmp_path / "etc/os-release")
    with pytest.raises(HostError, match="is a symbolic link"):
        ssh_keys.Keys(debian.machine(), "deploy", (KEY,)).apply()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a directory to root")
def test_the_directory_of_releases_is_roots(debian, tmp_path):
    item = directory.find(debian.machine(), WANTED)
    assert todo(item) == ("none", "make it, for root to write")
    item.apply()
    assert todo(directory.find(debian.machine(), WANTED)) == ("there", "")
    (tmp_path / "srv/x").chmod(0o777)
    os.chown(tmp_path / "srv/x", 1001, 1001)
    item = directory.find(debian.machine(), WANTED)
    assert todo(item) == ("of UID 1001, mode 777", "give it to root, mode 755")
    item.apply()
    assert not directory.find(debian.machine(), WANTED).todo


def test_security_upgrades_of_debian_and_ubuntu(debian):
    debian.has("/etc/apt/apt.conf.d/20auto-upgrades")
    item = upgrades.find(debian.machine(), WANTED)
    assert item.found == "none"
    debian.says("dpkg-query", output="installed").says("systemctl").says("apt-config")
    item.apply()
    assert todo(upgrades.find(debian.machine(), WANTED)) == ("every day", "")
    assert '"origin=${distro_id},archive=${distro_codename}-security";' in upgrades_apt.content("ubuntu")
    assert "}-updates" not in upgrades_apt.content("ubuntu")


def test_a_configuration_that_apt_does_not_read_goes_again(debian, tmp_path):
    debian.has("/etc/apt/apt.conf.d/20auto-upgrades")
    debian.says("dpkg-query", output="installed").says("apt-config", errors="E: Syntax error", code=100)
    with pytest.raises(HostError, match="E: Syntax error"):
        upgrades.find(debian.machine(), WANTED).apply()
    assert not (tmp_path / upgrades_apt.FILE[1:]).exists()


def test_amazon_linux_follows_the_latest_release_for_its_security(amazon, tmp_path):
    amazon.has("/etc/dnf/automatic.conf", "[commands]\nupgrade_type = default\napply_updates = no\n")
    (tmp_path / "etc/dnf/vars").mkdir()
    item = upgrades.find(amazon.machine(), WANTED)
    assert item.todo.startswith(
        "install dnf-automatic, have /etc/dnf/automatic.conf apply what is for security, follow the"
    )
    amazon.says("rpm").says("systemctl")
    item.apply()
    assert (tmp_path / "etc/dnf/vars/releasever").read_text() == "latest\n"
    assert todo(upgrades.find(amazon.machine(), WANTED)) == ("every day", "")


def test_a_release_that_somebody_chose_stays(amazon):
    amazon.has("/etc/dnf/vars/releasever", "2023.9.20251117\n")
    item = upgrades.find(amazon.machine(), WANTED)
    assert item.found == "none, pinned to 2023.9.20251117: later ones are not seen"
    assert "follow" not in item.todo


@pytest.mark.parametrize(
    ("active", "container", "found", "due"),
    [
        ("chrony.service", False, "set by chrony", ""),
        ("systemd-timesyncd.service", False, "set by systemd-timesyncd", ""),
        ("", True, "that of the machine that this container is on", ""),
        ("", False, "set by nobody", "install systemd-timesyncd, start systemd-timesyncd"),
    ],
)
def test_somebody_sets_the_clock(debian, active, container, found, due):
    if active:
        debian.says("systemctl", "is-active", active)
    if container:
        debian.says("systemd-detect-virt")
    assert todo(clock.find(debian.machine(), WANTED)) == (found, due)


@pytest.mark.parametrize(
    ("said", "is_warned"),
    [
        ("passwordauthentication yes\nkbdinteractiveauthentication no\n", True),
        ("passwordauthentication no\nkbdinteractiveauthentication yes\n", True),
        ("passwordauthentication no\nkbdinteractiveauthentication no\n", False),
        ("", False),
    ],
)
def test_passwords_over_ssh_are_warned_of(debian, said, is_warned):
    debian.has("/usr/sbin/sshd")
    debian.says("/usr/sbin/sshd", "-T", output=said)
    assert bool(passwords.warning(debian.machine())) is is_warned


def test_a_request_says_who_came(monkeypatch):
    arguments = {"user": "deploy", "directory": "/srv/x", "swap_bytes": None, "log_max_size": "10m", "log_max_files": 3}
    monkeypatch.setenv("SUDO_USER", "ec2-user")
    assert read(arguments, {"docker-compose": b"x"}) == WantedHost("deploy", "/srv/x", came_as="ec2-user", compose=b"x")
    monkeypatch.delenv("SUDO_USER")
    assert read(arguments, {}).came_as == "root"


def test_a_host_without_systemd_is_refused(debian, tmp_path):
    (tmp_path / "run/systemd/system").rmdir()
    with pytest.raises(HostError, match="without systemd"):
        debian.machine()
