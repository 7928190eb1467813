"""Mistakes of somebody who writes a first spec: how many errors they make, and what each says and does not say."""

from __future__ import annotations

import pytest

from kkinfra.errors import SpecError
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse

SPEC = """\
project: blog
image: ghcr.io/me/blog:1.0
stack:
  web: {kind: container, port: 8000, memory: 64MB, settings: {MODE: fast}}
  redis: {version: "7.4", maxmemory: 64MB, memory: 96MB}
  postgresql: {version: "15", database: blog, user: blog, password: DB_PASSWORD}
  nginx: {version: "1.22", memory: 64MB}
secrets:
  DB_PASSWORD: {env: DB_PASSWORD}
environments:
  prod:
    domain: blog.example.org
    platform:
      kind: compose
      directory: /srv/blog
      host: {kind: ec2, region: eu-central-1, instance_type: t3.small, ssh_from: [10.0.0.0/8]}
    delivery: {by: ssh, host: 203.0.113.10}
    stack: {postgresql: {on: rds, endpoint: db.example.org, instance_class: db.t3.micro, storage: 20GiB}}
"""
DOMAIN, PROJECT, DATABASE = "blog.example.org", "project: blog", "database: blog"
MEMORY, REDIS = "port: 8000, memory: 64MB", 'version: "7.4"'
SOURCE = "{env: DB_PASSWORD}"
A_VALUE = "a spec has no templates and no variables; write the value itself"
CLUSTER = """\
    platform: {kind: kubernetes, version: "1.33", ingress: {kind: traefik}, storage: {server: nas, path: /x}}
    delivery: {by: apply}
"""

# what is replaced, by what, and what the only error says
ONE = {
    "address as a domain": (DOMAIN, "https://blog.example.org/", ["leave out https:// and the path; write blog.exam"]),
    "domain with a port": (DOMAIN, "blog.example.org:443", ["leave out the port :443; write blog.example.org"]),
    "wildcard": (DOMAIN, "'*.example.org'", ["leave out the wildcard *.; write example.org"]),
    "domain in capitals": (DOMAIN, "Blog.Example.org", ["holds capital letters; write blog.example.org"]),
    "domain with a dot at its end": (DOMAIN, "blog.example.org.", ["leave out the dot at the end; write blog.exampl"]),
    "domain with an underscore": (DOMAIN, "my_blog.example.org", ["holds an underscore; write my-blog.example.org"]),
    "domain in Hangul": (DOMAIN, "가게.example.org", ["not in ASCII, as DNS needs it; write xn--o39akk.example.org"]),
    "domain without a dot": (DOMAIN, "localhost", ["it has no dot", "as in app.example.org"]),
    "address of a host as a domain": (DOMAIN, "203.0.113.10", ["it is an address", "as in app.example.org"]),
    "two domains": (DOMAIN, "a.example.org, b.example.org", ["more than one word, and an environment has one domain"]),
    "Jinja": (DOMAIN, "{{ domain }}", ["is a template {{ }}", A_VALUE]),
    "Jinja in quotes": (DOMAIN, "'{{ domain }}'", ["holds a template {{ }}", A_VALUE]),
    "variable": (DOMAIN, "${DOMAIN}", ["holds a variable ${ }", A_VALUE]),
    "variable in an image": ("blog:1.0", "blog:${TAG}", [" image: ", "holds a variable ${ }", A_VALUE]),
    "variable of Windows": (DOMAIN, "%DOMAIN%", ["is a variable % %", A_VALUE]),
    "command": (DOMAIN, "$(hostname)", ["holds a command $( )", A_VALUE]),
    "empty domain": (DOMAIN, "", [" environments.prod.domain: is empty; write domain: blog.example.org"]),
    "project with a space": (PROJECT, "project: My Blog", ["holds capital letters and a space; write my-blog"]),
    "project with an underscore": (PROJECT, "project: my_blog", ["holds an underscore; write my-blog"]),
    "project that begins with a dash": (PROJECT, "project: -x", ["begins with a dash; write x"]),
    "project that is too long": (PROJECT, f"project: {'x' * 70}", ["it has 70 characters, and at most 63 fit"]),
    "project that is a number": (PROJECT, "project: 123", ['is a number, not a name; write it in quotes: "123"']),
    "project in Hangul": (PROJECT, "project: 깜빡이", ["holds '깜', '빡' and '이'; write lower-case letters, digits"]),
    "database with a dash": (DATABASE, "database: my-shop", ["'my-shop'", "it holds a dash; write my_shop"]),
    "database that begins with a digit": (DATABASE, "database: 1blog", ["begins with '1'; write something like blog"]),
    "M": (MEMORY, "port: 8000, memory: 64M", ["write 64MB (decimal) or 64MiB (binary)"]),
    "mb": (MEMORY, "port: 8000, memory: 64mb", ["write 64MB (decimal) or 64MiB (binary)"]),
    "space in a size": (MEMORY, "port: 8000, memory: 64 MB", ["has a space in it; write 64MB"]),
    "fraction of a size": (MEMORY, "port: 8000, memory: 0.5Gi", ["is not a whole number of its unit; write 512MiB"]),
    "size without a unit": (MEMORY, "port: 8000, memory: 64", ["has no unit; write 64MB (decimal) or 64MiB (binary)"]),
    "negative size": (MEMORY, "port: 8000, memory: -64MB", ["is negative; write 256MB"]),
    "empty size": (MEMORY, "port: 8000, memory: ", [" stack.web.memory: is empty; write memory: 256MB"]),
    "thousandths of a CPU": (MEMORY, f"{MEMORY}, cpu: 500", ["500m is thousandths", "raise cpu_limit"]),
    "more CPU than there is": (MEMORY, f"{MEMORY}, cpu: 4000", ["write 4000m for thousandths of one"]),
    "unit of a CPU": (MEMORY, f"{MEMORY}, cpu: 2 cores", ["has a unit; write the number alone, as in 2"]),
    "space in a CPU": (MEMORY, f"{MEMORY}, cpu: 500 m", ["has a space in it; write 500m"]),
    "duration without a unit": (MEMORY, f"{MEMORY}, stop_grace: 60", ["has no unit; write 60s (seconds), 60m (min"]),
    "duration in words": (MEMORY, f"{MEMORY}, stop_grace: 5 min", ["is not a duration; write 5m"]),
    "duration with a fraction": (MEMORY, f"{MEMORY}, stop_grace: 1.5h", ["is not a duration; write 90m"]),
    "duration of two units": (MEMORY, f"{MEMORY}, stop_grace: 1h30m", ["is not a duration; write 90m"]),
    "port in quotes": ("port: 8000", "port: '8000'", ["is text, not a number; write 8000 without quotes"]),
    "ports of Compose": ("port: 8000", "port: '80:8000'", ["two ports", "write the port it listens on: 8000"]),
    "list of ports in quotes": (
        "ssh_from: [10.0.0.0/8]",
        "ports: ['22', '80', '443']",
        ["host.ports[0]: '22' is text, not a number; write 22 without quotes (and 2 more of this list)"],
    ),
    "version as a fraction": (REDIS, "version: 7.10", ["7.10 is a number, which is 7.1 to YAML", '"7.10"']),
    "version as a number": (REDIS, "version: 7", ['7 is a number; write the version in quotes: "7"']),
    "version with a v": (REDIS, "version: v7.4", ['write "7.4"']),
    "image in capitals": ("ghcr.io/me/blog:1.0", "ghcr.io/Me/Blog:V1", ["write ghcr.io/me/blog:V1"]),
    "address of an image": ("ghcr.io/me/blog:1.0", "https://ghcr.io/me/blog", ["write ghcr.io/me/blog"]),
    "yes": (REDIS, f"{REDIS}, persistent: yes", ["'yes' is not true or false; write true, without quotes"]),
    "off": (REDIS, f"{REDIS}, persistent: off", ["'off' is not true or false; write false, without quotes"]),
    "octal": (REDIS, f"{REDIS}, uid: 010001", ["'010001' is text, not a number; write 10001 without quotes"]),
    "command as a text": (MEMORY, f"{MEMORY}, command: python x.py", ["is not a list; write [python, x.py]"]),
    "command of Compose": (MEMORY, f"{MEMORY}, entrypoint: [x]", ["(did you mean 'command'?)"]),
    "settings as a list": ("{MODE: fast}", "[MODE=fast]", ["write MODE: and then the value, without a dash"]),
    "settings as a text": ("{MODE: fast}", "MODE=fast", ["write MODE: and then the value"]),
    "name of a setting": ("{MODE: fast}", "{log-mode: fast}", ["small letters and a dash; write LOG_MODE"]),
    "path without its slash": ("directory: /srv/blog", "directory: srv/blog", ["write /srv/blog"]),
    "path with a slash at its end": (
        "directory: /srv/blog",
        "directory: /srv/blog/",
        ["ends with a slash; write /srv"],
    ),
    "address as a path": (MEMORY, f"{MEMORY}, ready: 'http://x/up'", ["it is a whole address; write /up"]),
    "user before the host": (
        "203.0.113.10",
        "ubuntu@203.0.113.10",
        ["leave out the user before the @; write 203.0.113"],
    ),
    "zone as a region": ("eu-central-1", "eu-central-1a", ["write eu-central-1"]),
    "region without a dash": ("eu-central-1", "eu-central1", ["write eu-central-1"]),
    "instance type with a dash": ("t3.small", "t3-small", ["write t3.small"]),
    "network without its size": ("[10.0.0.0/8]", "[10.0.0.1]", ["has no size; write 10.0.0.1/32"]),
    "network as a text": ("[10.0.0.0/8]", "10.0.0.0/8", ['is not a list; write ["10.0.0.0/8"]']),
    "GPU": (MEMORY, f"{MEMORY}, gpu: 1", ["gpu: is not a key here; the keys here are: command, cpu, cpu_limit"]),
    "slip of a key": ("memory: 64MB, settings", "memroy: 64MB, settings", ["(did you mean 'memory'?)"]),
    "environment of Compose": ("settings:", "environment:", ["(did you mean 'settings'?)"]),
    "key of another kind": (MEMORY, f"{MEMORY}, timeout: 5s", ["is not a key here, but one of the kind webapp"]),
    "key of the environment in a part": (MEMORY, f"{MEMORY}, domain: a.b", ["one of the environment; write it beside"]),
    "key of a part at the root": (
        PROJECT,
        f"{PROJECT}\nmemory: 5MB",
        ["one of a part", "stack: {PART: {memory: ...}}"],
    ),
    "part at the root": (PROJECT, f"{PROJECT}\ncelery-beat: {{}}", ["a part; write it under stack"]),
    "key one level too high": ("kind: compose\n", "kind: compose\n      region: x\n", ["write it under platform.host"]),
    "singular": ("environments:", "environment:", ["(did you mean 'environments'?)"]),
    "root key in capitals": (PROJECT, "Project: blog", ["(did you mean 'project'?)"]),
    "services of Compose": ("stack:\n  web", "services:\n  web", ["(did you mean 'stack'?)"]),
    "space after a colon": ("memory: 64MB, settings", "memory:64MB, settings", ["a space is missing after the colon"]),
    "colon in braces": ("memory: 64MB, settings", "memory 64MB, settings", ["a colon is missing after memory"]),
    "colon before braces": ("  redis: {", "  redis {", ["a colon is missing after redis; write redis: and then"]),
    "unknown kind": (
        "kind: container",
        "kind: mysql",
        ["not one of: webapp, ", "for any other program write kind: con"],
    ),
    "kind of Compose": ("kind: container", "kind: worker", ["(did you mean 'celery-worker'?)"]),
    "no kind": (
        "kind: container, ",
        "",
        ["is missing; write one of: webapp, ", "for any other program write kind: con"],
    ),
    "unknown platform": ("kind: compose", "kind: docker-compose", ["(did you mean 'compose'?)"]),
    "platform without a kind": ("      kind: compose\n", "", ["is missing; write kind: compose (one of: kubernetes, "]),
    "host without a kind": ("kind: ec2, ", "", ["host.kind: is missing; write kind: ec2"]),
    "delivery without its way": ("by: ssh, ", "", ["is missing; write by: ssh (one of: gitops, apply, ssh)"]),
    "database without its place": ("on: rds, ", "", ["is missing; write on: rds (one of: statefulset, rds)"]),
    "part without anything": ('{version: "1.22", memory: 64MB}', "", ['nginx: {memory: 256MB, version: "1.22"}']),
    "part that is a version": ('{version: "1.22", memory: 64MB}', "1.22", ['as in {memory: 256MB, version: "1.22"}']),
    "parts as a list": (
        "  prod:\n    domain",
        "  - prod:\n    domain",
        ["is a list, not a mapping", "as in prod: ..."],
    ),
    "delivery left out": (
        "    delivery: {by: ssh, host: 203.0.113.10}\n",
        "",
        [' environments.prod.delivery: is missing; write delivery: {by: ssh, host: "203.0.113.10"}'],
    ),
    "nodes left out": (
        SPEC[SPEC.index("    platform:") : SPEC.index("    stack: {p")],
        CLUSTER,
        ['nodes: {control_plane: {count: 1, cpu: "2", memory: 4GiB}, workers: {count: 2, cpu: "4", memory: 8GiB}}'],
    ),
    "secret that is not there": (
        "  DB_PASSWORD: {env: DB_PASSWORD}\n",
        "  OTHER: {env: OTHER}\n",
        ["'DB_PASSWORD' is not among the secrets; add DB_PASSWORD: {env: DB_PASSWORD} to secrets"],
    ),
}
NEVER = (
    "kkambbaki",
    "singun11",
    "'cpu'?",
    "stop_grace'?",
    "NoneType",
    "validation error",
    "input_value",
    "dict",
    "***",
)


def errors(text: str) -> list[str]:
    with pytest.raises(SpecError) as raised:
        resolve_document(parse(text, "f"), "f")
    return [str(issue) for issue in raised.value.issues]


def changed(old: str, new: str) -> str:
    assert old in SPEC
    return SPEC.replace(old, new, 1)


def test_the_spec_is_right_where_nobody_changed_it() -> None:
    assert list(resolve_document(parse(SPEC, "f"), "f").environments) == ["prod"]


@pytest.mark.parametrize(("old", "new", "words"), ONE.values(), ids=ONE.keys())
def test_one_mistake_is_one_error_that_says_what_to_write(old: str, new: str, words: list[str]) -> None:
    found = errors(changed(old, new))
    assert len(found) == 1, found
    assert all(word in found[0] for word in words), found
    assert not any(word in found[0] for word in NEVER), found


@pytest.mark.parametrize("name", ["nodes left out", "delivery left out", "part without anything", "no kind"])
def test_what_is_told_to_be_written_leads_to_no_second_error(name: str) -> None:
    old, new, _ = ONE[name]
    text = changed(old, new)
    if name == "no kind":
        text = text.replace("  web: {", "  web: {kind: container, ")
    elif name == "nodes left out":
        shape = errors(text)[0].partition("write ")[2]
        text = text.replace("storage: {server", f"{shape}, storage: {{server").replace("on: rds", "on: statefulset")
        text = text.replace("endpoint: db.example.org, instance_class: db.t3.micro, ", "memory: 64MB, ")
    elif name == "delivery left out":
        text = text.replace("    domain:", f"    {errors(text)[0].partition('write ')[2]}\n    domain:")
    else:
        text = text.replace("  nginx: \n", f"  {errors(text)[0].partition('write ')[2].partition(', or')[0]}\n")
    assert list(resolve_document(parse(text, "f"), "f").environments) == ["prod"]


SECRETS = {
    "the secret itself": (SOURCE, "hunter2", "secrets.DB_PASSWORD"),
    "the secret in quotes": (SOURCE, '"hunter2"', "secrets.DB_PASSWORD"),
    "a secret of digits": (SOURCE, "86420975", "secrets.DB_PASSWORD"),
    "with a default": (SOURCE, "${DB_PASSWORD:-hunter2}", "secrets.DB_PASSWORD"),
    "in a list": (SOURCE, "[hunter2]", "secrets.DB_PASSWORD"),
    "as a source": (SOURCE, "{env: hunter2}", "secrets.DB_PASSWORD.env"),
    "as an unknown source": (SOURCE, "{value: hunter2}", "secrets.DB_PASSWORD.value"),
    "as a password": ("password: DB_PASSWORD", "password: hunter2", "stack.postgresql.password"),
}


@pytest.mark.parametrize(("old", "new", "field"), SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_in_the_file_is_to_be_changed_and_is_not_printed(old: str, new: str, field: str) -> None:
    found = errors(changed(old, new))
    assert len(found) == 1, found
    assert f" {field}: " in found[0]
    assert "change" in found[0]
    assert not any(word in found[0] for word in ("hunter2", "86420975", "HUNTER2", *NEVER))


@pytest.mark.parametrize(
    "written", ["DB_PASSWORD hunter2", "DB_PASSWORD:hunter2", "- DB_PASSWORD=hunter2", "- hunter2 x"]
)
def test_a_secret_in_a_form_that_is_not_yaml_is_not_printed(written: str) -> None:
    found = errors(changed("DB_PASSWORD: {env: DB_PASSWORD}", written))
    assert found
    assert "hunter2" not in " ".join(found)


@pytest.mark.parametrize(
    "address", ["https://me:hunter2@github.com/me/x.git", "https://hunter2@github.com/me/x.git"], ids=["user", "token"]
)
def test_a_token_in_an_address_is_not_printed(address: str) -> None:
    cluster = CLUSTER.replace("{by: apply}", f"{{by: gitops, repository: '{address}', path: x}}")
    old = SPEC[SPEC.index("    platform:") : SPEC.index("    stack: {p")]
    found = [each for each in errors(changed(old, cluster)) if ".repository" in each]
    assert len(found) == 1
    assert "holds credentials; write it without what stands before the @" in found[0]
    assert "hunter2" not in found[0]


FOREIGN = {
    "a Compose file": "services:\n  web: {image: x}\n",
    "a Compose file with a name": "name: x\nservices: {web: {image: x}}\n",
    "a Compose file in JSON": '{"services": {"web": {"image": "x"}}}',
    "a Kubernetes manifest": "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n",
    "several Kubernetes manifests": "apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Secret\n",
    "Kamal's deploy.yml": "service: x\nimage: me/x\nservers: [203.0.113.10]\n",
    "a GitHub Actions workflow": "name: x\non: push\njobs: {}\n",
    "an Ansible playbook": "- hosts: all\n  tasks: []\n",
}


@pytest.mark.parametrize(("name", "text"), FOREIGN.items())
def test_the_file_of_another_tool_is_recognised(name: str, text: str) -> None:
    found = errors(text)
    assert len(found) == 1
    words = name.removeprefix("several ").removesuffix("s") if name.startswith("several") else name
    assert words.partition(" in ")[0].partition(" with ")[0] in found[0]
    assert "not a spec; write a spec with `kkinfra init`" in found[0]


def test_a_spec_in_json_is_a_spec() -> None:
    import json

    value = parse(SPEC, "f").value
    assert list(resolve_document(parse(json.dumps(value), "f"), "f").environments) == ["prod"]


def test_a_value_with_a_semicolon_does_not_part_message_and_remedy() -> None:
    with pytest.raises(SpecError) as raised:
        resolve_document(parse(changed(DATABASE, "database: 'a; b'"), "f"), "f")
    (issue,) = raised.value.issues
    assert (issue.message, issue.remedy) == (
        "'a; b' is not of the right form: it holds ';' and a space",
        "write a_b",
    )
