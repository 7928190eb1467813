"""Everybody can read it: text against whatever it stands on (WCAG 2.2, 1.4.3)."""

import pytest

from kkinfra.views.diagrams.style import _DARK, _LIGHT

GROUNDS = ("paper", "node", "store", "entry", "release", "group", "group-inner")
LINES = ("traffic", "data", "delivery", "node-line", "store-line", "entry-line", "release-line")


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [_LIGHT, _DARK], ids=["light", "dark"])
def test_text_stands_out_from_every_ground_and_lines_do_so_too(colours):
    for ground in GROUNDS:
        for ink in ("ink", "soft"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        for line in LINES:
            assert contrast(colours[line], colours[ground]) >= 3, (line, ground)
