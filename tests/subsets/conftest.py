"""What the tests of subsets share: all that are taken, rendered once, and what was judged."""

import pytest

from judging import (  # noqa: F401 - hooks and fixtures
    count,
    pytest_configure,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    run,
)
from rendered_subsets import RenderedSubset, rendered
from subset_refusals import refusals_of
from subset_specs import SEED, all_specs


def pytest_report_header() -> str:
    return f"subsets: seed {SEED}"


@pytest.fixture(scope="session")
def taken(tmp_path_factory: pytest.TempPathFactory) -> list[RenderedSubset]:
    """Every subset but those that are refused by hand."""
    directory = tmp_path_factory.mktemp("specs")
    return [rendered(each, directory) for each in all_specs() if not refusals_of(each)]


@pytest.fixture(scope="session")
def hosts(taken: list[RenderedSubset]) -> list[RenderedSubset]:
    """Those for a host with Compose."""
    return [each for each in taken if each.subset.delivery == "ssh"]


@pytest.fixture(scope="session")
def clusters(taken: list[RenderedSubset]) -> list[RenderedSubset]:
    """Those for a cluster."""
    return [each for each in taken if each.subset.delivery != "ssh"]
