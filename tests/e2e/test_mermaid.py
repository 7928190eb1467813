"""Mermaid itself reads and draws what is written for it; mermaidx carries its bundle, and a browser runs it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, Page, sync_playwright

from kkinfra.rendering.pipeline import open_spec
from kkinfra.views.diagrams.environment import environment_diagram, whole_diagram
from kkinfra.views.diagrams.graph import Diagram, Edge, EdgeKind, Group, GroupKind, Node, NodeKind
from kkinfra.views.diagrams.mermaid import as_mermaid
from programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator

MEANS_SOMETHING = "a\"b'c`d<i>e</i>&amp;#35;{}[]()|;%%--> end 깜빡이 **x** \\"
READ = r"""svg => {
  const box = document.createElement('div');
  box.innerHTML = svg.replaceAll(/<br ?\/?>/g, '\n');
  return [...box.querySelectorAll('p, b, text')]
    .flatMap(each => each.textContent.split('\n')).map(each => each.trim());
}"""
DRAW = "async text => (await mermaid.render('drawn', text)).svg"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    program = need("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_content("<!doctype html><meta charset='utf-8'><body></body>")
        page.add_script_tag(path=str(files("mermaidx") / "assets" / "mermaid.js"))
        yield page
        browser.close()


def shown(page: Page, diagram: Diagram) -> list[str]:
    """Every text of the drawing, each of its lines apart."""
    svg = page.evaluate(DRAW, as_mermaid(diagram))
    return page.evaluate(READ, svg)


@pytest.mark.parametrize("name", ["spec/environments.yaml", "tests/rendering/everything.yaml"])
def test_it_draws_every_environment(page: Page, name: str) -> None:
    spec = open_spec(Path(name))
    environments = list(spec.environments.values())
    for diagram in (whole_diagram(spec.project, environments), *map(environment_diagram, environments)):
        texts = shown(page, diagram)
        assert {node.title for node in diagram.nodes} <= set(texts)
        assert {edge.label for edge in diagram.edges} <= set(texts)


def test_what_means_something_to_it_is_shown_as_it_is(page: Page) -> None:
    diagram = Diagram(
        groups=(Group("g", MEANS_SOMETHING, GroupKind.HOST),),
        nodes=(Node("end", MEANS_SOMETHING, NodeKind.STORE, "g", ("1. one",)), Node("o", "x", NodeKind.PROCESS)),
        edges=(Edge("o", "end", MEANS_SOMETHING, EdgeKind.DATA),),
        title=MEANS_SOMETHING,
        description=MEANS_SOMETHING,
    )
    assert shown(page, diagram).count(MEANS_SOMETHING.strip()) >= 3


def test_it_refuses_what_is_broken(page: Page) -> None:
    with pytest.raises(Error, match="error on line"):
        page.evaluate(DRAW, 'flowchart TB\n  a["b]\n')
