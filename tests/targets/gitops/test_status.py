"""`status` where Argo CD delivers: drift is what Argo CD finds, since it compares all the time."""

from __future__ import annotations

import json

from gitops_user import told

NAMESPACE = "kkambbaki-alpha"


def drift(options, environment, capsys):
    options.format = "json"
    told("status", options)
    return json.loads(capsys.readouterr().out)["drift"]


def test_what_argo_cd_finds_is_told(options, environment, origin, argocd, cluster, capsys):
    argocd.outcome["resources"] = [{"kind": "Deployment", "name": "webapp", "status": "OutOfSync"}]
    argocd.sync()
    found = drift(options, environment, capsys)
    assert (found["objects"], found["problem"]) == (["deployment/webapp"], "")
    assert found["said"].startswith("Argo CD is at ")


def test_without_an_application_it_is_not_known(options, environment, origin, argocd, cluster, capsys):
    cluster.objects.delete("Application", NAMESPACE, "argocd")
    assert "Argo CD has no Application" in drift(options, environment, capsys)["problem"]
