"""Building the product's image, and pushing it: what the verb `build` does, as a library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.build_log import BuildLog
from kkinfra.engine_words import HOPELESS, OF_BUILD, OF_PUSH, with_remedy
from kkinfra.errors import BuildError, EngineError
from kkinfra.revision import revision_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from kkinfra.build_events import Event
    from kkinfra.build_plan import BuildPlan
    from kkinfra.engine import Engine

    Listen = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image that the engine has: its ID, size in bytes, and platform, as in `linux/amd64`."""

    id: str
    size: int
    platform: str


@dataclass(frozen=True, slots=True)
class PushedImage:
    """What the registry has: the digest, the tags that lead to it, and those that were left as they are.

    `kept` is a version that leads to another image, by its digest.
    """

    digest: str
    tags: tuple[str, ...]
    kept: Mapping[str, str]


def build(
    plan: BuildPlan, engine: Engine, listen: Listen, *, use_cache: bool = True, network: str | None = None
) -> BuiltImage:
    """Build what is planned and give it all its tags; `listen` hears every event.

    Raises BuildError, with the step that failed and what it printed last, and EngineError.
    """
    log = BuildLog()
    try:
        messages = engine.build(plan, use_cache=use_cache, network=network)
        _refuse_moving_tree(plan)
        _follow(messages, log, listen)
    except EngineError as error:
        raise BuildError(_failure(plan, log, str(error))) from error
    if log.error or not log.image:
        raise BuildError(_failure(plan, log, log.error or "the engine ended without an image; see its log"))
    for tag in plan.tags:
        engine.tag(log.image, plan.repository, tag)
    known = engine.inspect(log.image)
    return BuiltImage(log.image, int(known["Size"]), f"{known['Os']}/{known['Architecture']}")


def push(plan: BuildPlan, engine: Engine, listen: Listen) -> PushedImage:
    """Push the tags of a built plan, and ask the registry what it has then; raises BuildError."""
    try:
        digest = _push_one(plan, engine, plan.pushed[0], listen)
        pushed, kept = [plan.pushed[0]], dict[str, str]()
        for tag in plan.pushed[1:]:
            there = engine.digest_of(plan.reference(tag)) if tag == plan.release else None
            if there is not None and there != digest:
                kept[tag] = there
                continue
            if there is None:
                _push_one(plan, engine, tag, listen)
            pushed.append(tag)
        for tag in pushed:
            _confirm(plan, engine, tag, digest)
    except EngineError as error:
        raise _refused(plan, str(error)) from error
    return PushedImage(digest, tuple(pushed), kept)


def refuse_hopeless_push(plan: BuildPlan, engine: Engine) -> None:
    """Ask the registry for the image, and raise BuildError where nothing that is built could be pushed to it.

    A registry may deny what is not there yet, so that only what would hinder any push counts.
    """
    try:
        engine.digest_of(plan.reference(plan.pushed[0]))
    except EngineError as error:
        if HOPELESS.search(str(error)):
            raise _refused(plan, str(error)) from error


def _push_one(plan: BuildPlan, engine: Engine, tag: str, listen: Listen) -> str:
    log = BuildLog()
    _follow(engine.push(plan.repository, tag), log, listen)
    if log.error:
        raise _refused(plan, log.error)
    if not log.digest:
        raise _refused(plan, f"the engine told no digest of {plan.reference(tag)}")
    return log.digest


def _confirm(plan: BuildPlan, engine: Engine, tag: str, digest: str) -> None:
    there = engine.digest_of(plan.reference(tag))
    if there != digest:
        what = f"{plan.reference(tag)} is {there or 'nothing'} there now, and not {digest}, which was pushed"
        raise BuildError(f"{what}; somebody else pushes that tag, or removes it: see who, then push again")


def _follow(messages: Iterable[Mapping[str, Any]], log: BuildLog, listen: Listen) -> None:
    for message in messages:
        for event in log.read(message):
            listen(event)


def _refuse_moving_tree(plan: BuildPlan) -> None:
    """A tag that names a commit must hold nothing else; by now the engine has all that it will get."""
    if not plan.revision.is_dirty and revision_of(plan.directory) != plan.revision:
        raise BuildError(f"{plan.directory} was changed while it was being read; leave it alone and build again")


def _failure(plan: BuildPlan, log: BuildLog, said: str) -> str:
    """The step, the last lines that it printed, and the engine's words with what helps."""
    said = with_remedy(said, OF_BUILD, dockerfile=str(Path(plan.context, plan.dockerfile)))
    if log.step is None:
        return f"the image cannot be built: {said}"
    if any("no space left on device" in line.lower() for line in log.last_lines):
        said = with_remedy("No space left on device", OF_BUILD)
    lines = "".join(f"  | {line}\n" for line in log.last_lines)
    return f"step {log.step.number}/{log.step.of} failed: {log.step.instruction}\n{lines}{said}"


def _refused(plan: BuildPlan, said: str) -> BuildError:
    remedy = with_remedy(said, OF_PUSH, registry=plan.registry, repository=plan.repository)
    return BuildError(f"{plan.repository} cannot be pushed: {remedy}")
