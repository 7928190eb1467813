"""The verb `diff` on a host: the release that is wanted, against what the host runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.difference.report import Compared, Difference, asked, joined, left_out, not_asked, refuse_unknown
from kkinfra.secrets.needs import needed_secrets
from kkinfra.secrets.sources import Problem, look_up
from kkinfra.targets.compose.plan.difference import changes
from kkinfra.targets.compose.plan.drift import HOST, Deployed
from kkinfra.targets.compose.plan.preparing import PreparedRelease, prepare_comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.session import HostSession
    from kkinfra.values.secret import SecretText

REGISTRY, SECRETS, STACK = "registry", "secrets", "stack"


def look(session: HostSession, left: frozenset[str]) -> Difference:
    """What differs; what cannot be rendered is an error of its own, before anything is asked."""
    has_stack = session.environment.stack_name is not None
    refuse_unknown(session.environment.name, left, (HOST, REGISTRY, SECRETS, *((STACK,) if has_stack else ())))
    _ = session.wanted.tree
    session.telling(f"looking at {session.environment.domain}")
    return _HostComparison(session, session.environment, left).made()


@dataclass(frozen=True, slots=True)
class _HostComparison:
    session: HostSession
    environment: Environment
    left: frozenset[str]

    def made(self) -> Difference:
        """Every place asked once, all at the same time."""
        asking: dict[str, Callable[[], Difference]] = {HOST: self.host}
        if self.environment.stack_name is not None:
            asking[STACK] = self.stack
        with ThreadPoolExecutor(len(asking)) as pool:
            answers = [pool.submit(self.one, name, ask) for name, ask in asking.items()]
            return joined(self.environment.name, [each.result() for each in answers])

    def one(self, name: str, ask: Callable[[], Difference]) -> Difference:
        """What one place says, or that it was left out."""
        if name in self.left:
            return left_out(self.environment.name, name)
        return asked(self.environment.name, name, self.environment.domain, ask)

    def host(self) -> Difference:
        """The host, in one round trip; beside it, the registry and the secrets that could not be asked."""
        values, missing = self.secrets()
        prepared = prepare_comparison(
            self.environment, values, self.session.host, ask_registry=REGISTRY not in self.left
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

        found = stack_difference(self.environment, self.session.wanted.tree, lambda _: None)
        return found or Difference(self.environment.name)

    def secrets(self) -> tuple[dict[str, SecretText], dict[str, str]]:
        """Those that are here, and why the others are not."""
        if SECRETS in self.left:
            return {}, {}
        found = look_up(self.environment, self.session.wanted.directory, needed_secrets(self.environment))
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
            self.environment.name, (Compared(HOST, where, prepared.plan.notes, problem),), () if problem else found
        )

    def registry(self, prepared: PreparedRelease) -> Iterator[Difference]:
        """Whether the registry told which image it is that is wanted."""
        name, image = self.environment.name, str(self.environment.image)
        if REGISTRY in self.left:
            yield left_out(name, REGISTRY)
        for check in prepared.checks:
            if check.name == "image" and check.problem and REGISTRY not in self.left:
                yield not_asked(name, REGISTRY, f"the digest of {image}", check.problem)
