"""The specification's secrets, by way of secrets of GitHub's environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions.step import expression, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra_github_actions.step import Step


def needed(environment: Environment, kind: str) -> dict[str, str]:
    """Name and place of the secrets from one kind of source that a container reads or the image is pulled with."""
    pulling = [environment.registry.pull_secret] if environment.registry else []
    names = sorted({*environment.mounted_secrets(), *pulling})
    sources = {name: environment.secrets[name].sources() for name in names}
    return {name: places[kind] for name, places in sources.items() if kind in places}


def variables(environment: Environment) -> dict[str, str]:
    """Variables for the steps that read secrets; the secrets in GitHub are called as the variables are."""
    found = {variable: expression(f"secrets.{variable}") for variable in needed(environment, "env").values()}
    if needed(environment, "sops"):
        found["SOPS_AGE_KEY"] = expression("secrets.SOPS_AGE_KEY")
    return dict(sorted(found.items()))


def files(environment: Environment) -> Iterable[Step]:
    """Files where the specification has them, each from a secret that is called as the specification calls it."""
    by_path = {path: name for name, path in reversed(needed(environment, "file").items())}
    if by_path:
        yield run(
            "Write the files of secrets",
            *(
                f"printf '%s' \"${name}\" | install -D --mode=0600 /dev/stdin {path}"
                for path, name in sorted(by_path.items())
            ),
            env={name: expression(f"secrets.{name}") for name in sorted(by_path.values())},
        )
