"""The nginx renderer: reverse proxy and static files, in the two stages before and after the first certificate."""

from __future__ import annotations

from kkinfra_nginx.renderer import NginxRenderer
from kkinfra_nginx.static_files import static_files_conf

__all__ = ["NginxRenderer", "static_files_conf"]
