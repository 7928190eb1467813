"""Where a person opens a pull request."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from kkinfra.system.revision import source_url


def compare_url(repository: str, branch: str, proposed: str) -> str:
    """The page that compares both branches, on GitHub and GitLab; empty for other hosts.

    https://docs.github.com/en/pull-requests/committing-changes-to-your-project/viewing-and-comparing-commits/comparing-commits
    and https://docs.gitlab.com/user/project/merge_requests/creating_merge_requests/
    """
    address = source_url(repository)
    host = urlsplit(address).hostname or ""
    if "github" in host:
        return f"{address}/compare/{quote(branch)}...{quote(proposed)}?expand=1"
    if "gitlab" in host:
        source, target = quote(proposed, safe=""), quote(branch, safe="")
        chosen = f"merge_request%5Bsource_branch%5D={source}&merge_request%5Btarget_branch%5D={target}"
        return f"{address}/-/merge_requests/new?{chosen}"
    return ""
