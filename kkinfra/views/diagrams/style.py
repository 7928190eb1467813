"""Colours of a picture, in light and in dark; text and its ground differ by 4.5:1 at least (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

_LIGHT = {
    "paper": "#ffffff",
    "ink": "#1f2328",
    "soft": "#4a525c",
    "node": "#ffffff",
    "node-line": "#6e7781",
    "store": "#eef6ee",
    "store-line": "#2f7d3b",
    "entry": "#e8f1fd",
    "entry-line": "#0b5cad",
    "release": "#f4effc",
    "release-line": "#6b45b0",
    "traffic": "#0b5cad",
    "data": "#57606a",
    "delivery": "#6b45b0",
    "group": "#f6f8fa",
    "group-inner": "#eaeef2",
    "group-line": "#9aa4af",
}
_DARK = {
    "paper": "#0d1117",
    "ink": "#e6edf3",
    "soft": "#b3bdc7",
    "node": "#161b22",
    "node-line": "#8b949e",
    "store": "#12261a",
    "store-line": "#57ab5a",
    "entry": "#11233b",
    "entry-line": "#6cb6ff",
    "release": "#211a33",
    "release-line": "#b794f4",
    "traffic": "#6cb6ff",
    "data": "#9aa4af",
    "delivery": "#b794f4",
    "group": "#12171e",
    "group-inner": "#1a212b",
    "group-line": "#57606a",
}
_FONTS = (
    "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans KR','Noto Sans CJK KR','Apple SD Gothic Neo',"
    "'Malgun Gothic','DejaVu Sans',sans-serif"
)


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


STYLE = f"""
.kkinfra{{{_variables(_LIGHT)}font:12px {_FONTS};max-width:100%;height:auto}}
@media screen and (prefers-color-scheme:dark){{.kkinfra{{{_variables(_DARK)}}}}}
.kkinfra text{{fill:var(--ink)}}
.kkinfra .name{{font-size:15px;font-weight:700}}
.kkinfra .title{{font-size:13px;font-weight:700;text-anchor:middle}}
.kkinfra .header{{font-weight:700}}
.kkinfra text.detail{{text-anchor:middle}}
.kkinfra .detail,.kkinfra .label{{fill:var(--soft);font-weight:400}}
.kkinfra .paper{{fill:var(--paper)}}
.kkinfra .group{{fill:var(--group);stroke:var(--group-line);stroke-width:1.2}}
.kkinfra .host,.kkinfra .namespace{{fill:var(--group-inner)}}
.kkinfra .node{{fill:var(--node);stroke:var(--node-line);stroke-width:1.2}}
.kkinfra .job{{stroke-dasharray:5 3}}
.kkinfra .store,.kkinfra .volume{{fill:var(--store);stroke:var(--store-line)}}
.kkinfra .people,.kkinfra .proxy{{fill:var(--entry);stroke:var(--entry-line)}}
.kkinfra rect.delivery{{fill:var(--release);stroke:var(--release-line)}}
.kkinfra .line{{fill:none;stroke-width:1.6}}
.kkinfra .head{{stroke:none}}
.kkinfra .line.traffic{{stroke:var(--traffic);stroke-width:2.4}}
.kkinfra .line.data{{stroke:var(--data)}}
.kkinfra .line.delivery{{stroke:var(--delivery);stroke-dasharray:5 4}}
.kkinfra .head.traffic{{fill:var(--traffic)}}
.kkinfra .head.data{{fill:var(--data)}}
.kkinfra .head.delivery{{fill:var(--delivery)}}
"""
