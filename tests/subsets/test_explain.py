"""A drawn line of a drawn file of each subset, which says something of the spec, is explained by some field."""

import re

import pytest

from kkinfra.rendering.provenance import causes
from rendered_subsets import RENDERERS, each_problem
from subset_specs import DOMAIN, PROJECT

BATCHES = 24


def drawn_line(each):
    """Path and number of a line that names the project, the domain or a part."""
    draw = each.subset.draw("explain")
    names = re.compile(rf"\b({'|'.join(map(re.escape, (DOMAIN, PROJECT, *each.environment.stack)))})\b")
    files = {path: text.split("\n") for path, text in each.files.items() if names.search(text)}
    path = draw.choice(sorted(files))
    return path, draw.choice([number for number, line in enumerate(files[path], 1) if names.search(line)])


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_drawn_line_is_explained(taken, batch):
    def unexplained(each):
        path, line = drawn_line(each)
        if causes(each.environment, path, line, RENDERERS):
            return []
        return [f"{path}:{line} is caused by nothing: {each.files[path].splitlines()[line - 1].strip()}"]

    assert not (problems := each_problem(taken[batch::BATCHES], unexplained)), problems
