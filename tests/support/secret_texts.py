"""Secrets, texts around them, and how others write both."""

from __future__ import annotations

import base64
import html
import json
import shlex
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from kkinfra.secrets.mask import SHORTEST

ENCODINGS = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON with its letters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON for PHP and browsers": lambda text: json.dumps(text).replace("/", "\\/").replace("<", "\\u003C"),
    "Python": repr,
    "bytes of Python": lambda text: repr(text.encode()),
    "a shell": shlex.quote,
    "another shell": lambda text: "'" + text.replace("'", "'\\''") + "'",
    "a URL": quote,
    "a part of a URL": lambda text: quote(text, safe=""),
    "a URL in small letters": lambda text: quote(text, safe="").lower() if text.islower() else quote(text),
    "a form": quote_plus,
    "a URL in a URL": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON in a URL": lambda text: quote(json.dumps(text)),
    "HTML": html.escape,
    "JSON in HTML": lambda text: html.escape(json.dumps(text)),
    "Base64": lambda text: base64.b64encode(text.encode()).decode(),
    "Base64 of URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "Base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "Base64 in JSON": lambda text: json.dumps(base64.encodebytes(text.encode()).decode()),
    "Base64 in a URL": lambda text: quote(base64.b64encode(text.encode()), safe=""),
    "wrapped Base64": lambda text: base64.encodebytes(text.encode()).decode(),
}
CHARACTERS = st.characters(codec="utf-8", exclude_characters="*\0")  # stars may be left over, and mean nothing
AWKWARD = st.sampled_from(list("\\\"'%&;+/= \n\r\t<>#$`nrux0f2b가\N{GRINNING FACE}\N{NO-BREAK SPACE}"))
TEXTS = st.text(st.one_of(AWKWARD, CHARACTERS), max_size=40)
SECRETS = st.text(st.one_of(AWKWARD, CHARACTERS), min_size=SHORTEST, max_size=150).filter(
    lambda text: len(text.strip()) >= SHORTEST
)
