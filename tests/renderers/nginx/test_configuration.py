"""The emitter, and what the configurations say."""

import re
import textwrap
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checkout import ROOT
from kkinfra.errors import RendererError
from kkinfra.rendering.pipeline import load_spec
from kkinfra.spec.environment import Environment
from kkinfra_nginx import NginxRenderer, static_files_conf
from kkinfra_nginx.configuration import configuration, identity
from kkinfra_nginx.directive import Expression, block, line, text


def production(tmp_path: Path, stack: dict | None = None, **changes) -> Environment:
    changed = {"extends": "production", **changes, "stack": stack or {}}
    path = tmp_path / "environments.yaml"
    own = textwrap.indent(yaml.safe_dump({"changed": changed}), "  ")
    path.write_text(f"{(ROOT / 'spec/environments.yaml').read_text()}\n{own}")
    return load_spec(path).environments["changed"]


def tokens(written: str) -> list[str]:
    """A reader of Nginx's words, after ngx_conf_read_token."""
    found, index = [], 0
    while index < len(written):
        character = written[index]
        if character.isspace():
            index += 1
        elif character in ";{}":
            found.append(character)
            index += 1
        elif character == "#":
            index = written.index("\n", index)
        elif character in "\"'":
            word, index = "", index + 1
            while written[index] != character:
                if written[index] == "\\" and written[index + 1] in "\\\"'":
                    index += 1
                word, index = word + written[index], index + 1
            found.append(f"={word}")
            index += 1
        else:
            word = re.match(r"[^\s;{}]+", written[index:]).group()
            found.append(f"={word}")
            index += len(word)
    return found


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="$\u2028\u2029\x85")), min_size=1
    )
)
def test_any_word_is_read_back_as_one_word(words):
    assert tokens(text([block("location", of=[line("directive", *words)])])) == [
        "=location", "{", "=directive", *(f"={word}" for word in words), ";", "}",
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["a\nb", "a\x00", "$host", "${host}", "a\tb"])
def test_what_cannot_be_data_is_refused(word):
    with pytest.raises(RendererError):
        text([line("server_name", word)])


def test_an_expression_keeps_its_variables():
    assert text([line("return", 301, Expression("https://a$request_uri"))]) == "return 301 https://a$request_uri;\n"


def test_two_stages_with_certificates_and_one_without(tmp_path):
    paths = [artifact.path for artifact in NginxRenderer().render(production(tmp_path))]
    assert paths == ["nginx/http.conf", "nginx/tls.conf"]
    plain = [artifact.path for artifact in NginxRenderer().render(production(tmp_path, tls=None))]
    assert plain == ["nginx/http.conf"]


@pytest.mark.parametrize(
    ("version", "directive"),
    [("1.22", False), ("1.25.0", False), ("1.25.1", True), ("1.25", True), ("1.31", True), ("1", True), ("2.0", True)],
)
def test_http2_is_written_as_the_version_knows_it(tmp_path, version, directive):
    written = configuration(production(tmp_path, {"nginx": {"version": version}}), "tls")
    assert ("http2 on;" in written) is directive
    assert bool(re.search(r"listen 443 .*http2", written)) is not directive


def test_only_the_products_ports_listen_to_the_world(tmp_path):
    listens = re.findall(r"listen ([^ ;]+)", configuration(production(tmp_path), "tls"))
    assert {*listens} == {"80", "443", "127.0.0.1:8181"}


def test_no_name_has_to_be_resolved(tmp_path):
    stack = {"hooks": {"kind": "container", "memory": "64MB", "port": 9000, "route": "/hooks/"}}
    written = configuration(production(tmp_path, stack), "tls")
    assert set(re.findall(r"proxy_pass http://([^;]+);", written)) == {"webapp", "127.0.0.1:9000"}
    assert "upstream webapp {\n        server unix:" in written


def test_a_vpn_closes_all_but_the_challenges(tmp_path):
    written = configuration(production(tmp_path, access={"vpn": ["10.8.0.0/24", "10.9.0.0/24"]}), "http")
    product = written[written.index("server_name kkambbaki") :]
    assert re.search(r"allow 10\.8\.0\.0/24;\s+allow 10\.9\.0\.0/24;\s+deny all;", product)
    assert re.search(r"acme-challenge/ \{\s+allow all;", product)


def test_the_body_is_in_bytes_since_nginx_reads_m_as_mib(tmp_path):
    assert "client_max_body_size 10000000;" in configuration(production(tmp_path), "http")


@pytest.mark.parametrize("stage", ["http", "tls"])
def test_one_address_may_not_hold_many_requests_open(tmp_path, stage):
    written = configuration(production(tmp_path), stage)
    assert "limit_conn_zone $binary_remote_addr zone=open:1m;" in written
    assert re.findall(r"limit_conn (.+);", written) == ["open 20", "open_static 128"]
    assert "limit_conn_status 429;" in written
    product = written[written.index("client_max_body_size") : written.index("proxy_http_version")]
    assert "limit_conn open 20;" in product
    assert "limit_conn" not in static_files_conf(production(tmp_path)), "the zone would be missing there"


@pytest.mark.parametrize(
    ("stop_grace", "timeout", "seconds"), [("75s", "60s", 60), ("30s", "60s", 25), ("75s", "45s", 45), ("3s", "60s", 1)]
)
def test_workers_end_before_they_are_killed(tmp_path, stop_grace, timeout, seconds):
    stack = {"nginx": {"stop_grace": stop_grace}, "webapp": {"timeout": timeout}}
    assert f"\nworker_shutdown_timeout {seconds}s;\n" in configuration(production(tmp_path, stack), "tls")


@pytest.mark.parametrize(("port", "written"), [(443, ""), (8443, ":8443")])
def test_a_port_of_its_own_is_in_every_address(tmp_path, port, written):
    platform = {"host": {"ports": [80, port]}}
    environment = production(tmp_path, {"nginx": {"https_port": port}}, platform=platform)
    found = configuration(environment, "tls")
    host = f"{environment.domain}{written}"
    assert f"return 301 https://{host}$request_uri;" in found
    assert f"proxy_set_header Host {host};" in found
    assert f"proxy_set_header X-Forwarded-Host {host};" in found
    assert f"proxy_set_header Host {environment.domain};" in configuration(environment, "http")


def test_the_identity_is_another_for_any_change_and_each_stage(tmp_path):
    before = production(tmp_path)
    after = production(tmp_path, {"nginx": {"rate": 21}})
    found = {identity(each, stage) for each in (before, after) for stage in ("http", "tls")}
    assert len(found) == 4
    assert f"return 200 {identity(before, 'tls')};" in configuration(before, "tls")


def test_the_static_nginx_needs_no_privilege(tmp_path):
    written = static_files_conf(production(tmp_path))
    assert "listen 8080 default_server;" in written
    assert not re.search(r"^user ", written, re.MULTILINE)
    assert set(re.findall(r"(?:_temp_path|pid) (\S+);", written)) == {
        "/tmp/nginx.pid", *(f"/tmp/{kind}" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")),
    }  # fmt: skip
