"""The verb `render`: environments to directories, and what it says about them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.console.output import emit, paint, say
from kkinfra.rendering.pipeline import load_renderers, open_spec, render, resolve
from kkinfra.rendering.writing import INVENTORY, Comparison, compare, write
from kkinfra.spec.installed_models import foreign_models
from kkinfra.spec.loading import require_outputs
from kkinfra.system import cache
from kkinfra.system.entry_points import code_of
from kkinfra.system.exit_codes import DIFFERS, DONE

if TYPE_CHECKING:
    from kkinfra.cli.call import Call

_MOST_LINES = 20
_MOST_STRANGERS = 5


def run(options: Call) -> int:
    """Render the environments that `options` names; returns the exit code."""
    renderers = load_renderers()
    packages = code_of([*renderers.values(), *foreign_models()])
    rendered_from = cache.inputs(options.spec, packages)
    spec = open_spec(options.spec, renderers)
    names = list(dict.fromkeys(options.environments)) or list(spec.environments)
    require_outputs(spec, names)
    environments = [resolve(spec, name) for name in names]
    found: dict[str, Comparison] = {}
    for environment in environments:
        directory = Path(str(options.out)) / environment.name
        tree = render(environment, renderers)
        found[environment.name] = compare(tree, directory) if options.check else write(tree, directory)
        _tell(options, environment.name, directory, found[environment.name])
        if found[environment.name].strangers == () and (found[environment.name].in_sync or not options.check):
            cache.keep(options.spec, str(directory), rendered_from, packages, [*tree.paths(), INVENTORY])
    if options.format == "json":
        emit({name: _as_json(each) for name, each in found.items()})
    return DIFFERS if options.check and not all(each.in_sync for each in found.values()) else DONE


def _as_json(found: Comparison) -> dict[str, object]:
    return {
        "in_sync": found.in_sync,
        "unchanged": found.unchanged,
        "added": found.added,
        "changed": found.changed,
        "removed": found.obsolete,
        "edited_and_kept": found.edited,
        "in_the_way": found.in_the_way,
        "not_rendered": found.strangers,
    }


def _tell(options: Call, name: str, directory: Path, found: Comparison) -> None:
    total = found.unchanged + len(found.added) + len(found.changed) + len(found.in_the_way)
    counts = [(len(found.added), "added"), (len(found.changed), "changed"), (len(found.obsolete), "removed")]
    words = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing changed"
    would = "would be " if options.check and words != "nothing changed" else ""
    say(options, f"{name}: {total} files in {directory}, {would}{words}")
    marks = [
        ("+", "green", found.added),
        ("~", "yellow", found.changed),
        ("-", "red", found.obsolete),
        ("!", "red", found.in_the_way),
    ]
    lines = [paint(f"  {mark} {path}", colour, sys.stdout) for mark, colour, paths in marks for path in paths]
    most = len(lines) if options.verbose or options.check else _MOST_LINES
    say(options, *lines[:most])
    if len(lines) > most:
        say(options, f"  ... and {len(lines) - most} more; -v shows all")
    say(options, *(f"  kept {path}: it is not rendered any more, but was changed by hand" for path in found.edited))
    if found.strangers:
        shown = ", ".join(found.strangers[:_MOST_STRANGERS]) + (
            ", ..." if len(found.strangers) > _MOST_STRANGERS else ""
        )
        say(options, f"  left alone, since kkinfra did not write them: {shown}")
