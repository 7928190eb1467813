"""A specification with as many environments as wanted, all of which extend a real one."""

from __future__ import annotations

from pathlib import Path

SPEC = Path(__file__).parents[1] / "spec" / "environments.yaml"
EXTENDED = "alpha"
PROJECT = "kkambbaki"
DOMAIN = "alpha.singun11.wtf"


def names(count: int) -> list[str]:
    """`env0000`, `env0001` and so on."""
    return [f"env{number:04d}" for number in range(count)]


def domain_of(name: str) -> str:
    """The domain of a made-up environment."""
    return f"{name}.{DOMAIN}"


def namespace_of(name: str) -> str:
    """The namespace of an environment, real or made up."""
    return f"{PROJECT}-{name}"


def write_spec(directory: Path, count: int) -> Path:
    """The checked-in specification, and below it `count` environments of their own domains and paths."""
    path = directory / f"environments-{count}.yaml"
    text = SPEC.read_text(encoding="utf-8").rstrip("\n")
    path.write_text(f"{text}\n\n{''.join(map(_environment, names(count)))}", encoding="utf-8")
    return path


def _environment(name: str) -> str:
    return f"  {name}:\n    extends: {EXTENDED}\n    domain: {domain_of(name)}\n    delivery: {{path: {name}}}\n"
