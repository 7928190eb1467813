"""Values of properties, as CloudFormation tells them: text, which may be JSON or Base64."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.secret import SecretText

LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What a change set has in place of a value that is known once it was executed."""

_SECRET_NAME = re.compile(r"password|passwd|secret(?!s?arn)|token|privatekey|accesskey|authkey", re.IGNORECASE)
_REFERENCE = re.compile(r"\{\{resolve:[^}]*\}\}|arn:aws[a-z-]*:\S+|\{\{changeSet:[A-Z_]+\}\}|\*+")
_FIGURE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_NO_SECRET = frozenset({"true", "false", ""})
"""`ManageMasterUserPassword: true` says nothing that anybody may not know."""


def read_value(text: Any) -> Any:
    """What a text of JSON holds, or the text itself where it is none; None where there is no text.

    The engine tells figures and truth values as text, too; they are read as what they are.
    """
    if not isinstance(text, str):
        return None
    if text[:1] not in {"{", "["} or text.startswith("{{"):
        return _plain(text)
    try:
        return _plain(json.loads(text))
    except (ValueError, RecursionError):
        return text


def _plain(value: Any) -> Any:
    if is_mapping(value):
        return {key: _plain(each) for key, each in value.items()}
    if is_list(value):
        return [_plain(each) for each in value]
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if isinstance(value, str) and _FIGURE.fullmatch(value) else value


def without_secrets(name: str, value: Any) -> Any:
    """The value with a SecretText where the name of a field says that it is a secret; references to secrets stay."""
    if is_mapping(value):
        return {key: without_secrets(key, each) for key, each in value.items()}
    if is_list(value):
        return [without_secrets(name, each) for each in value]
    if value is None or not _SECRET_NAME.search(_last_name(name)) or str(value).lower() in _NO_SECRET:
        return value
    return value if _REFERENCE.fullmatch(str(value)) else SecretText(str(value))


def _last_name(path: str) -> str:
    """The last step of a path that is no number: `Users.0` is about users."""
    return next((step for step in reversed(path.split(".")) if not step.isdigit()), path)


def user_data(value: Any) -> Any:
    """The script that user data holds in Base64; the same value where it is none."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return value
