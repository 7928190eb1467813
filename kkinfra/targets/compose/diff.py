"""The verb `diff` on a host: the release that is wanted, against what the host runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.console.difference_report import asked, tell_report, without
from kkinfra.console.progress import progress_for
from kkinfra.difference.report import Difference, Target, joined, left_out, not_asked
from kkinfra.rendering.pipeline import render
from kkinfra.secrets.needs import needed_secrets
from kkinfra.secrets.sources import Problem, look_up
from kkinfra.system.project import project_directory
from kkinfra.targets.compose.client.host import connect_host
from kkinfra.targets.compose.plan.difference import changes
from kkinfra.targets.compose.plan.drift import HOST, Deployed
from kkinfra.targets.compose.plan.preparing import PreparedRelease, prepare_comparison

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.values.secret import SecretText

REGISTRY, SECRETS, STACK = "registry", "secrets", "stack"


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Tell what differs between what is rendered and what runs; returns the exit code."""
    stack = () if environment.stack_name is None else (STACK,)
    left = without(options, (HOST, REGISTRY, SECRETS, *stack))
    tree = render(environment)  # what cannot be rendered is an error of its own, before anything is asked
    return tell_report(options, _HostComparison(options, environment, tree, left).made)


@dataclass(frozen=True, slots=True)
class _HostComparison:
    options: argparse.Namespace
    environment: Environment
    tree: ArtifactTree
    left: set[str]

    def made(self) -> Difference:
        """Every target asked once, all at the same time."""
        asking: dict[str, Callable[[], Difference]] = {HOST: self.host}
        if self.environment.stack_name is not None:
            asking[STACK] = self.stack
        with progress_for(self.options) as progress, ThreadPoolExecutor(len(asking)) as pool:
            progress.begin(f"looking at {self.environment.domain}")
            answers = [pool.submit(self.one, name, ask) for name, ask in asking.items()]
            done = joined(self.environment.name, [each.result() for each in answers])
            progress.pause()
        return done

    def one(self, name: str, ask: Callable[[], Difference]) -> Difference:
        """What one target says, or that it was left out."""
        if name in self.left:
            return left_out(self.environment.name, name)
        return asked(self.environment.name, name, self.environment.domain, ask)

    def host(self) -> Difference:
        """The host, in one round trip; beside it, the registry and the secrets that could not be asked."""
        values, missing = self.secrets()
        with connect_host(self.environment) as host:
            prepared = prepare_comparison(
                self.environment, values, host, ask_registry=REGISTRY not in self.left
            )  # fmt: skip
        parts = [self.told(prepared), *self.registry(prepared)]
        if missing:
            told = "\n".join(f"{name}: {problem}" for name, problem in missing.items())
            parts.append(not_asked(self.environment.name, SECRETS, "as they are here", told))
        elif SECRETS in self.left:
            parts.append(left_out(self.environment.name, SECRETS))
        return joined(self.environment.name, parts)

    def stack(self) -> Difference:
        """What is around the host: its own module, with AWS's SDK, is imported where there is a stack."""
        from kkinfra.targets.cloudformation.diff import stack_difference

        return stack_difference(self.environment, self.tree, lambda _: None) or Difference(self.environment.name)

    def secrets(self) -> tuple[dict[str, SecretText], dict[str, str]]:
        """Those that are here, and why the others are not."""
        if SECRETS in self.left:
            return {}, {}
        directory = project_directory(self.options.spec)
        found = look_up(self.environment, directory, needed_secrets(self.environment))
        values = {name: each for name, each in found.items() if not isinstance(each, Problem)}
        return values, {name: str(each) for name, each in found.items() if isinstance(each, Problem)}

    def told(self, prepared: PreparedRelease) -> Difference:
        """What differs on the host."""
        release = prepared.release
        deployed = Deployed(prepared.facts, prepared.key, release.files, release.manifest.files)
        found = changes(release, prepared.plan, deployed, prepared.marks)
        serves = f"release {prepared.plan.before.id} serves" if prepared.plan.before else "nothing was deployed yet"
        where = f"{release.manifest.namespace} on {prepared.facts['host']['name']}; {serves}"
        problem = str(prepared.facts["release"].get("problem", ""))
        return Difference(
            self.environment.name, (Target(HOST, where, prepared.plan.notes, problem),), () if problem else found
        )

    def registry(self, prepared: PreparedRelease) -> Iterator[Difference]:
        """Whether the registry told which image it is that is wanted."""
        name, image = self.environment.name, str(self.environment.image)
        if REGISTRY in self.left:
            yield left_out(name, REGISTRY)
        for check in prepared.checks:
            if check.name == "image" and check.problem and REGISTRY not in self.left:
                yield not_asked(name, REGISTRY, f"the digest of {image}", check.problem)
