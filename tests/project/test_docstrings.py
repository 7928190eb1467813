"""Every public name says what it does, and shows it: each example in its docstring is executed."""

from __future__ import annotations

import datetime as dt
import doctest
import inspect

import pytest

import kkinfra
from fake_target import wheel  # noqa: F401 - a fixture
from fake_wheel import ON_NOMAD, SPEC, install, project  # noqa: F401 - fixtures

NAMES = [name for name in kkinfra.__all__ if name != "__version__"]
WITHOUT_EXAMPLE = {
    "Begin", "CertificateStatus", "DriftStatus", "Figure", "Finding", "ImageLayer", "Issue", "Location", "Output",
    "Renderer", "Result", "Row", "Step", "Streams", "Environment", "load_spec",
}  # fmt: skip
"""What is given and seldom made, or shown by another; errors besides."""


def parts(name):
    """A name, and for a class its public methods and properties."""
    found = getattr(kkinfra, name)
    yield name, found
    if inspect.isclass(found) and not issubclass(found, BaseException):
        for each, member in vars(found).items():
            if not each.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                yield f"{name}.{each}", member


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_does_in_a_sentence(name):
    for called, found in parts(name):
        first = (inspect.getdoc(found) or "").partition("\n\n")[0]
        assert first.endswith((".", ":")), called


@pytest.mark.parametrize("name", [each for each in NAMES if each not in WITHOUT_EXAMPLE and not each.endswith("Error")])
def test_it_shows_it_and_that_is_so(name, wheel, tmp_path):  # noqa: F811
    place = wheel()
    text = (SPEC + ON_NOMAD).replace("  beta:", "  production:").replace("beta.example.org", "shop.example.org")
    (place / "spec/environments.yaml").write_text(text)
    known = {
        "kkinfra": kkinfra, "datetime": dt, "production": kkinfra.open("spec/environments.yaml")["production"],
    }  # fmt: skip
    (example,) = doctest.DocTestFinder(recurse=False).find(getattr(kkinfra, name), name, globs=known)
    assert example.examples
    done = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL).run(example)
    assert done.failed == 0
