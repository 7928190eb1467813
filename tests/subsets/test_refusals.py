"""Which subsets are taken: all but those of which a list says by hand why not."""

import pytest

from kkinfra.errors import SpecError
from kkinfra.spec.stack import KINDS
from rendered_subsets import opened
from subset_refusals import REFUSALS, refusals_of
from subset_specs import DELIVERIES, DRAWN, all_specs

SPECS = all_specs()


def refused(subset, directory):
    """Field and problem of everything that is wrong with it."""
    try:
        opened(subset, directory)
    except SpecError as error:
        return {(issue.field, issue.problem) for issue in error.issues}
    return set()


def test_every_single_part_every_pair_and_every_omission_is_among_them():
    sizes = [len(each.kinds) for each in SPECS if not each.name.startswith("drawn-")]
    alone, pairs, omissions = (sizes.count(size) / len(DELIVERIES) for size in (1, 2, len(KINDS) - 1))
    assert (alone, pairs, omissions) == (len(KINDS), len(KINDS) * (len(KINDS) - 1) / 2, len(KINDS))
    assert len(SPECS) == (len(KINDS) * (len(KINDS) + 3) / 2 + DRAWN) * len(DELIVERIES)
    assert len({each.name for each in SPECS}) == len(SPECS)


def test_the_same_specs_are_drawn_each_time():
    assert [each.text for each in all_specs()] == [each.text for each in SPECS]


def test_a_subset_is_refused_for_exactly_what_the_list_says(tmp_path, count):
    wrong, number = [], 0
    for each in SPECS:
        expected = {(refusal.field, refusal.problem) for refusal in refusals_of(each)}
        found = refused(each, tmp_path)
        number += bool(found)
        if found != expected:
            wrong.append(f"{each.name} {sorted(each.kinds)}: is refused for {found}, and should be for {expected}")
    assert not wrong, "\n".join(wrong)
    count(f"validate: {len(SPECS) - number} subsets taken, {number} refused, each for what the list says by hand")


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.field)
def test_an_entry_of_the_list_is_needed_and_has_a_reason(refusal):
    assert refusal.why
    assert any(refusal.is_due(each) for each in SPECS), "no subset is refused for it"
