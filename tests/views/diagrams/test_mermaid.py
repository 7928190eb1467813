"""What is written for Mermaid says the same, whatever the names are."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kkinfra.views.diagrams.graph import Diagram, Edge, EdgeKind, Group, GroupKind, Node, NodeKind
from kkinfra.views.diagrams.mermaid import as_mermaid

TEXTS = st.text(max_size=20)


def diagram(text):
    return Diagram(
        groups=(Group("g", text, GroupKind.HOST, "", (text,)),),
        nodes=(Node("end", text, NodeKind.PROCESS, "g", (text,)), Node("o-x", text, NodeKind.STORE)),
        edges=(Edge("end", "o-x", text, EdgeKind.DATA), Edge("o-x", "g", text, EdgeKind.DELIVERY, is_back=True)),
        title=text,
        description=text,
    )


def unescaped(text):
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text)


@given(TEXTS)
def test_a_label_cannot_end_itself_or_be_markup(text):
    lines = as_mermaid(diagram(text)).removesuffix("\n").split("\n")
    assert len(lines) == 9
    quoted = [re.fullmatch(r'[^"]*"([^"]*)"[^"]*', line) for line in lines[3:] if '"' in line]
    assert all(quoted)
    for match in quoted:
        inside = re.sub(r"</?b>|<br>", "", match[1])
        assert not re.search(r'[<>"`&\\\n]', inside)
        assert not re.search(r"#(?!\d+;)", inside)
    assert text in unescaped(quoted[-1][1]) or not text


def test_ids_are_words_that_mean_nothing():
    text = as_mermaid(diagram("a"))
    assert "\n  n_o_x[(" in text
    assert "\n    n_end[" in text
    assert "\n  n_g <-.->" in text
