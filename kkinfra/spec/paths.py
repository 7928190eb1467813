"""Paths that a specification holds: in a URL, on a host, in the repository."""

from __future__ import annotations

import re

from kkinfra.spec.names import Name


class UrlPath(Name):
    """A path in a URL, from its leading slash; without `..`; letters, digits and `._~/-` only."""

    PATTERN = r"^/((?!\.\.?/)[A-Za-z0-9._~-]+/)*(?!\.\.?$)[A-Za-z0-9._~-]*$"
    TITLE = "URL path"
    EXAMPLES = ("/healthz/ready", "/static/")
    REMEDY = "a URL path; write it from its leading slash, without '..' or spaces, as in /healthz/ready"

    @classmethod
    def fault(cls, text: str) -> tuple[str, str]:
        """Of an address, its path is meant."""
        address = re.fullmatch(r"[a-z]+://[^/]+(/[^?#]*)?([?#].*)?", text)
        if address and cls.fits(address[1] or "/"):
            return "it is a whole address", address[1] or "/"
        return super().fault(text)


class FilePath(Name):
    """An absolute path without `..`; letters, digits and `._@/-` only."""

    PATTERN = r"^(/(?!\.\.?(/|$))[A-Za-z0-9._@-]+)+$"
    TITLE = "Absolute path"
    EXAMPLES = ("/srv/shop",)
    REMEDY = "an absolute path; write it from its leading slash, without '..', spaces or a slash at its end"


class RelativePath(Name):
    """A path below the repository, without `..`; letters, digits and `._@/-` only."""

    PATTERN = r"^(?!-|\.\.?(/|$))[A-Za-z0-9._@-]+(/(?!\.\.?(/|$))[A-Za-z0-9._@-]+)*$"
    TITLE = "Relative path"
    EXAMPLES = ("alpha",)
    REMEDY = "a relative path; write it without a leading slash or dash, '..' or spaces"


class Directory(Name):
    """A directory of the repository: a relative path, or `.` for the repository itself."""

    PATTERN = rf"^(\.|{RelativePath.PATTERN[1:-1]})$"
    TITLE = "Directory"
    EXAMPLES = ("app", ".")
    REMEDY = (
        "a directory of the repository; write . or a relative path, without a leading slash or dash, '..' or spaces"
    )
