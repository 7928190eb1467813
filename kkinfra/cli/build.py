"""The verb `build`: the image of an environment, and what it says about it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from kkinfra.console.output import emit_or_say
from kkinfra.console.progress import progress_for
from kkinfra.errors import BuildError, Issue, SpecError
from kkinfra.images import build
from kkinfra.images.engine import connect_engine
from kkinfra.images.plan import plan_build, problems, refuse_dirty
from kkinfra.rendering.pipeline import open_spec, resolve
from kkinfra.system.deadline import deadline
from kkinfra.system.project import project_directory
from kkinfra.system.revision import revision_of
from kkinfra.values.document import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypedDict

    from kkinfra.cli.call import Call
    from kkinfra.images.build import BuiltImage, PushedImage
    from kkinfra.images.plan import BuildPlan
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec

    class _How(TypedDict):
        use_cache: bool
        network: str | None


_MEGABYTE = 1_000_000


def run(options: Call) -> int:
    """Build, and perhaps push, the image of the environment that `options` names; returns the exit code."""
    spec = open_spec(options.spec)
    environment = resolve(spec, options.environment)
    directory = project_directory(options.spec)
    _refuse_missing(spec, environment, directory)
    revision = revision_of(directory)
    refuse_dirty(environment, revision, allow=options.allow_dirty)
    others = spec.environments.values() if options.push else ()
    plan = plan_build(environment, directory, revision, options.tag, others)
    build.refuse_impossible(plan, is_pushed=options.push)
    late = BuildError(f"{environment.name} took longer than {options.timeout} s; allow more with --timeout")
    started = time.monotonic()
    with deadline(options.timeout, late):
        built, pushed = _build(options, plan)
    seconds = time.monotonic() - started
    document = _as_json(options.environment, plan, built, pushed, seconds)
    emit_or_say(options, document, *_lines(plan, built, pushed, seconds))
    return 0


def _refuse_missing(spec: Spec, environment: Environment, directory: str) -> None:
    issues: list[Issue] = []
    for path, problem in problems(environment, directory):
        place, written_at, written = spec.where(environment.name, path)
        issues.append(Issue(place, dotted(written_at if written else (*written_at, path[-1])), problem))
    if issues:
        raise SpecError(issues, spec.document.text)


def _build(options: Call, plan: BuildPlan) -> tuple[BuiltImage, PushedImage | None]:
    with connect_engine(seconds=options.timeout) as engine, progress_for(options) as progress:
        if options.push:
            progress.begin(f"asking {plan.registry}")
            build.refuse_hopeless_push(plan, engine)
        progress.begin(f"packing {os.path.relpath(plan.context)}")
        how: _How = {"use_cache": not options.no_cache, "network": options.network}
        if plan.is_several:
            return build.build_and_push(plan, engine, progress, **how)
        built = build.build(plan, engine, progress, **how)
        if not options.push:
            return built, None
        progress.begin(f"pushing {plan.reference(plan.pushed[0])}")
        return built, build.push(plan, engine, progress)


def _lines(plan: BuildPlan, built: BuiltImage, pushed: PushedImage | None, seconds: float) -> Iterator[str]:
    size = "" if built.size is None else f"{built.size / _MEGABYTE:.1f} MB, "
    yield f"built {built.id} ({size}{built.platform}) in {seconds:.1f} s"
    yield from (f"  {tag}" for tag in built.tags)
    if plan.revision.is_dirty:
        count = len(plan.revision.changes)
        yield f"  {count} path{'s differ' if count > 1 else ' differs'} from the commit, hence -dirty"
    if pushed:
        yield f"pushed {plan.repository}@{pushed.digest}"
        yield from (f"  {plan.reference(tag)}" for tag in pushed.tags)
        for tag, digest in pushed.kept.items():
            yield f"  {plan.reference(tag)} stays what it was ({digest}): a version is pushed once;"
            yield f"  raise it in the spec to release this, or put it over that one with --tag {tag}"


def _as_json(
    environment: str, plan: BuildPlan, built: BuiltImage, pushed: PushedImage | None, seconds: float
) -> dict[str, object]:
    return {
        "environment": environment,
        "image": built.id,
        "size_bytes": built.size,
        "platform": built.platform,
        "tags": list(built.tags),
        "commit": plan.revision.commit,
        "branch": plan.revision.branch or None,
        "created": plan.revision.created,
        "dirty": plan.revision.is_dirty,
        "pushed": [plan.reference(tag) for tag in pushed.tags] if pushed else [],
        "kept": {plan.reference(tag): digest for tag, digest in pushed.kept.items()} if pushed else {},
        "digest": f"{plan.repository}@{pushed.digest}" if pushed else None,
        "seconds": round(seconds, 1),
    }
