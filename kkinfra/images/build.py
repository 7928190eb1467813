"""Building the product's image, and pushing it: what the verb `build` does, as a library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.errors import BuildError, EngineError
from kkinfra.host.platforms import of_image
from kkinfra.images import buildx
from kkinfra.images.buildx import Buildx
from kkinfra.images.engine_words import FOREIGN, HOPELESS, OF_BUILD, OF_PUSH, with_remedy
from kkinfra.images.log import BuildLog
from kkinfra.system.revision import revision_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from kkinfra.console.events import Event
    from kkinfra.images.engine import Engine
    from kkinfra.images.plan import BuildPlan

    Listen = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image that was built: its ID, its size in bytes, its platforms, as in `linux/amd64`, and its tags here.

    One of several platforms is in its registry alone: its ID is the digest there, and it has no size and no tags here.
    """

    id: str
    size: int | None
    platform: str
    tags: tuple[str, ...] = ()


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
    """Build what is planned, for one platform, and give it all its tags; `listen` hears every event.

    For another platform than the engine's own, BuildKit builds it where it is there. Raises BuildError, with the step
    that failed and what it printed last, or where the image is for another platform than was asked for.
    """
    log = BuildLog()
    try:
        if plan.platforms[0] != engine.platform() and buildx.is_there():
            made = Buildx(plan, plan.tags, is_pushed=False, use_cache=use_cache, network=network)
            made.run(log, listen, lambda: _refuse_moving_tree(plan))
            image = plan.reference(plan.tags[0])
        else:
            messages = engine.build(plan, use_cache=use_cache, network=network)
            _refuse_moving_tree(plan)
            _follow(messages, log, listen)
            image = log.image
        if log.error or not image:
            raise BuildError(_failure(plan, log, log.error or "the engine ended without an image; see its log"))
        known = engine.inspect(image)
    except EngineError as error:
        raise BuildError(_failure(plan, log, str(error))) from error
    (platform,) = of_image(known)
    if platform != plan.platforms[0]:
        raise BuildError(_other_platform(plan, platform, is_named=image != log.image))
    for tag in plan.tags:
        engine.tag(image, plan.repository, tag)
    return BuiltImage(str(known["Id"]), int(known["Size"]), platform, tuple(map(plan.reference, plan.tags)))


def build_and_push(
    plan: BuildPlan, engine: Engine, listen: Listen, *, use_cache: bool = True, network: str | None = None
) -> tuple[BuiltImage, PushedImage]:
    """Build one image for several platforms, straight into its registry; raises BuildError."""
    log = BuildLog()
    try:
        out = engine.digest_of(plan.reference(plan.release)) if plan.release else None
        tags = tuple(tag for tag in plan.pushed if out is None or tag != plan.release)
        made = Buildx(plan, tags, is_pushed=True, use_cache=use_cache, network=network)
        digest = made.run(log, listen, lambda: _refuse_moving_tree(plan))
    except EngineError as error:
        raise BuildError(_failure(plan, log, str(error))) from error
    try:
        for tag in tags:
            _confirm(plan, engine, tag, digest)
        there = engine.platforms_of(plan.reference(tags[0]))
    except EngineError as error:
        raise _refused(plan, str(error)) from error
    if not {*plan.platforms} <= {*there}:
        raise BuildError(f"{plan.reference(tags[0])} has {_listed(there)}, and not all of {_listed(plan.platforms)}; "
                         "see what BuildKit printed")  # fmt: skip
    kept = {plan.release: out} if out not in (None, digest) else {}
    pushed = tuple(tag for tag in plan.pushed if tag not in kept)
    return BuiltImage(digest, None, ", ".join(plan.platforms)), PushedImage(digest, pushed, kept)


def refuse_impossible(plan: BuildPlan, *, is_pushed: bool) -> None:
    """Raise BuildError where an image for several platforms has nowhere to go, or nothing to be made by."""
    if not plan.is_several:
        return
    if not is_pushed:
        raise BuildError(f"an image for {_listed(plan.platforms)} is kept by its registry alone; add --push")
    if not buildx.is_there():
        needed = " and ".join(f"{each.platform} ({', '.join(names)})" for each, names in plan.needed.items())
        raise BuildError(
            f"{plan.repository} is needed for {needed}, and only `docker buildx` builds one image for both, which is "
            "not installed here: install it (https://docs.docker.com/build/concepts/overview/#install-buildx), or give "
            "environments of different architectures different repositories (`image`)"
        )


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
    names = {"dockerfile": str(Path(plan.context, plan.dockerfile)), "platforms": _listed(plan.platforms)}
    if log.step is None:
        return f"the image cannot be built: {with_remedy(said, OF_BUILD, **names)}"
    if any("no space left on device" in line.lower() for line in log.last_lines):
        said = "No space left on device"
    if any(re.search(FOREIGN[0], line) for line in log.last_lines):
        said = f"{said}: exec format error"
    said = with_remedy(said, OF_BUILD, **names)
    lines = "".join(f"  | {line}\n" for line in log.last_lines)
    return f"step {log.step.number}/{log.step.of} failed: {log.step.instruction}\n{lines}{said}"


def _other_platform(plan: BuildPlan, platform: str, *, is_named: bool) -> str:
    wanted = plan.platforms[0]
    said = f"the image that was built is for {platform}, and {wanted} was asked for"
    if is_named:
        return f"{said}, so it is not pushed; see which builder makes it: `docker buildx inspect`"
    return (
        f"{said}, so it got no tag: the engine had the base image, or a step, for {platform} alone; `docker pull "
        f"--platform {wanted} IMAGE` for each FROM of {plan.dockerfile}, then build with --no-cache; or install "
        "buildx, which looks at the platform itself"
    )


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names) or "nothing"


def _refused(plan: BuildPlan, said: str) -> BuildError:
    remedy = with_remedy(said, OF_PUSH, registry=plan.registry, repository=plan.repository)
    return BuildError(f"{plan.repository} cannot be pushed: {remedy}")
