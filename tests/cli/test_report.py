"""The page: what is on it, and that what others wrote is text on it and nothing else."""

import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kkinfra.cli.main import main

SPEC = Path("spec/environments.yaml")
DIFFERENCE = Path(__file__).parent / "difference.json"
WORDS = Path("kkinfra/views/report/words")
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Outline(HTMLParser):
    """Headings, ids and links; complains about elements that are not closed as they were opened."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.texts, self.tags = [], [], [], [], set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name == "id":
                self.ids.append(value)
            elif name in {"href", "src"}:
                self.links.append(value)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data.strip())


def report(tmp_path, *arguments, spec=SPEC):
    file = tmp_path / "report.html"
    assert main(["report", "--spec", str(spec), "--date", "2026-11-25", "--out", str(file), "-q", *arguments]) == 0
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    return report(tmp_path_factory.mktemp("en"), "--difference", str(DIFFERENCE))


def test_it_is_one_file_of_its_own(english):
    page = Outline(english)
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.isdisjoint({"script", "link", "iframe", "img", "object", "base", "form"})
    assert not re.search(r"url\(|@import", english)


def test_everything_is_on_it(english):
    page = Outline(english)
    for text in (
        "alpha.singun11.wtf", "HTTPS :443", "container orchestration", "differs, declared", "capacity/steady",
        "limits are caps: 619 MB are used under load, 875 MB with a full Redis", "127.0.0.1:6379",
        "service redis", "- 384000000", "+    client_max_body_size 10m;",
    ):  # fmt: skip
        assert any(text in found for found in page.texts), text
    assert english.count("<svg ") == 3


def test_the_same_spec_gives_the_same_bytes(english, tmp_path):
    assert report(tmp_path, "--difference", str(DIFFERENCE)) == english


def test_it_speaks_korean(tmp_path):
    korean = report(tmp_path, "--lang", "ko")
    assert '<html lang="ko">' in korean
    assert "컨테이너 오케스트레이션" in Outline(korean).texts
    assert "노출 범위" in Outline(korean).texts


def test_both_languages_have_the_same_words():
    words = [tomllib.loads((WORDS / f"{language}.toml").read_text()) for language in ("en", "ko")]
    keys = [{(name, *(each if isinstance(each, dict) else ())) for name, each in found.items()} for found in words]
    assert keys[0] == keys[1]


def test_what_others_wrote_is_text(tmp_path):
    markup = "<script>alert(1)</script>&\"'"
    spec = tmp_path / "environments.yaml"
    written = SPEC.read_text().replace("purpose: development and testing", f"purpose: {json.dumps(markup)}")
    spec.write_text(written.replace("GitHub's runners have no fixed addresses", "<img src=x onerror=alert(1)>"))
    difference = json.loads(DIFFERENCE.read_text())
    difference["changes"][0]["fields"][0]["after"] = markup
    difference["changes"][0]["identity"] = markup
    (tmp_path / "difference.json").write_text(json.dumps(difference))
    page = Outline(report(tmp_path, "--difference", str(tmp_path / "difference.json"), spec=spec))
    assert page.tags.isdisjoint({"script", "img"})
    assert sum(markup in text for text in page.texts) >= 3


def test_one_environment_is_compared_with_nothing(tmp_path):
    spec = tmp_path / "environments.yaml"
    text = SPEC.read_text()
    spec.write_text(text[: text.index("  production:")])
    page = Outline(report(tmp_path, spec=spec))
    assert "There is only one environment." in page.texts


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--date", "2026-02-30"], "error: --date: '2026-02-30' is not a day"),
        (["--difference", "nowhere.json"], "error: nowhere.json cannot be read: No such file or directory"),
        (["--difference", "pyproject.toml"], "pyproject.toml is no difference (version 1): the document: Invalid JSON"),
        (["--out", "nowhere/report.html"], "nowhere/report.html cannot be written: No such file or directory"),
    ],
)
def test_what_is_wrong_is_told(arguments, told, capsys):
    assert main(["report", "--spec", str(SPEC), *arguments]) == 1
    assert told in capsys.readouterr().err


def test_a_difference_of_another_version_is_refused(tmp_path, capsys):
    file = tmp_path / "difference.json"
    file.write_text(json.dumps({**json.loads(DIFFERENCE.read_text()), "version": 2}))
    assert main(["report", "--spec", str(SPEC), "--difference", str(file)]) == 1
    assert "version: Input should be 1" in capsys.readouterr().err
