"""Nginx, which serves the static files; Traefik is the proxy here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import StaticFiles
from kkinfra_kubernetes.config_map import checksum, config_map
from kkinfra_kubernetes.deployment import deployment
from kkinfra_kubernetes.network_policy import part_policy
from kkinfra_kubernetes.pod import Pod
from kkinfra_kubernetes.pod_container import drain, part_container, port
from kkinfra_kubernetes.probes import http, three
from kkinfra_kubernetes.service import service
from kkinfra_kubernetes.static_files import VOLUME, collected_into
from kkinfra_nginx.static_files import DIRECTORY, HEALTH, LISTEN, static_files_conf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.stack import Nginx
    from kkinfra_kubernetes.cluster import Cluster, File, Object


def nginx_files(cluster: Cluster, name: str, nginx: Nginx) -> Iterator[File]:
    """All objects of Nginx; none where there are no static files to serve."""
    if cluster.environment.part(StaticFiles) is None:
        return
    data = {"nginx.conf": static_files_conf(cluster.environment)}
    yield "nginx/config-map.yaml", config_map(cluster, name, nginx.kind, data)
    yield "nginx/network-policy.yaml", part_policy(cluster, name, nginx)
    yield "nginx/deployment.yaml", deployment(cluster, name, _template(cluster, name, nginx, checksum(data)))
    yield "nginx/service.yaml", service(cluster, name, LISTEN, "http")


def _template(cluster: Cluster, name: str, nginx: Nginx, config_checksum: str) -> Object:
    mounts: list[Object] = [
        {"name": "config", "mountPath": "/etc/nginx/nginx.conf", "readOnly": True, "subPath": "nginx.conf"},
        {"name": VOLUME, "mountPath": DIRECTORY, "readOnly": True},
    ]
    main = part_container(
        cluster,
        name,
        nginx,
        mounts,
        command=["nginx", "-g", "daemon off;"],
        ports=port(LISTEN),
        lifecycle=drain(cluster, nginx),
        **three(http(HEALTH, {}, period=2, failures=30), http(HEALTH, {}, failures=6), http(HEALTH, {}, period=5)),
    )
    init, volumes = collected_into(cluster)
    config = {"name": "config", "configMap": {"name": name, "defaultMode": 0o444}}
    return Pod(cluster, name, nginx, [main], init, [config, *volumes], config_checksum).template()
