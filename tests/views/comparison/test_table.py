"""The table: the one that the product's own document has, what is known beyond it, and parity's verdicts."""

from __future__ import annotations

import pytest

from compared import TODAY, declaring, environments
from kkinfra.spec.acceptance import Acceptance
from kkinfra.spec.architecture import AMD64, ARM64
from kkinfra.spec.date import Date
from kkinfra.spec.stack import Autoscale, Webapp
from kkinfra.views.comparison import Catalogue, compare, worded
from kkinfra.views.comparison.row import Verdict
from kkinfra.views.comparison.table import ROWS

DOCUMENT = {
    "컨테이너 오케스트레이션": ("Kubernetes", "Docker Compose"),
    "데이터베이스": ("PostgreSQL StatefulSet", "RDS PostgreSQL (관리형)"),
    "배포 방식": ("GitOps (ArgoCD)", "GitHub Actions (SSH)"),
    "스토리지": ("NFS PersistentVolume", "EC2 로컬 볼륨"),
    "Ingress": ("Traefik", "Nginx"),
    "확장성": ("높은 확장성 (노드 추가 가능)", "제한적 확장성 (수직 확장)"),
    "비용": ("무료 (개인 하드웨어)", "AWS"),
    "안정성": ("물리적 하드웨어 의존", "99.5% SLA"),
    "접근성": ("VPN 필요", "인터넷 접근 가능"),
}


def table(language="en", *change, **reasons):
    left, right = environments(*change)
    return worded(compare(left, declaring(right, **reasons), TODAY), ("alpha", "production"), Catalogue.load(language))


def rows(*arguments, **reasons):
    return {row.name: row for row in table(*arguments, **reasons).rows}


def test_in_korean_it_starts_with_the_rows_of_the_products_own_document():
    told = table("ko")
    assert told.headings == ("항목", "alpha", "production", "일치 여부")
    assert [row.title for row in told.rows[: len(DOCUMENT)]] == [*DOCUMENT]
    for row in told.rows[: len(DOCUMENT)]:
        for (first, *_), documented in zip(row.cells, DOCUMENT[row.title], strict=True):
            assert first.startswith(documented)


@pytest.mark.parametrize(
    ("change", "row", "cells"),
    [
        ((), "hardware", (("control plane: 1 (each 2 CPU, 4GiB)", "workers: 2 (each 4 CPU, 8GiB)"),
                          ("EC2 t2.micro (ap-northeast-2)", "disk 20GiB", "swap 1GiB"))),
        ((), "versions", (("Django 5.2, Redis 7.4, PostgreSQL 15, Nginx 1.22",),) * 2),
        ((), "orchestration", (("Kubernetes 1.33",), ("Docker Compose",))),
        (('{strategy: newest-build, tags: "^main-[0-9a-f]{7,40}$"}', '{strategy: semver, tags: "^v.*$"}'), "image",
         (("ghcr.io/example/kkambbaki, tag by Argo CD Image Updater (semver: ^v.*$)",),
          ("ghcr.io/example/kkambbaki:1.0.0",))),
        ((), "certificates", (("Traefik (letsencrypt)",), ("Let's Encrypt + Certbot",))),
        ((), "backups", (("none",), ("automatic, kept 7 days",))),
        (("user: deploy, ci: github-actions", "user: deploy"), "delivery", (("GitOps (Argo CD)",), ("SSH",))),
        (("tls: {by: certbot, email: ops@example.org}", ""), "certificates",
         (("Traefik (letsencrypt)",), ("none (HTTP only)",))),
        (("{max_size: 10MB, max_files: 3}", "{max_size: 20MB, max_files: 4}"), "logs",
         (("by the kubelet (unless set: 10Mi, at most 5 files)",), ("20MB each, at most 4 files",))),
        (("ports: [22, 80, 443]", "ports: [80, 443]"), "ports", (("those of the ingress",), ("80, 443",))),
        (("TIME_ZONE: Asia/Seoul\n", "TIME_ZONE: Asia/Seoul\n  B: 1\n"), "variables",
         (("DJANGO_SETTINGS_MODULE, LANGUAGE_CODE, TIME_ZONE, B",),) * 2),
        (("      redis:      {storage: 1GiB}", "      redis:      {storage: 1GiB}\n      webapp: {replicas: 3}"),
         "processes",
         (("webapp x3, celery-worker, celery-beat, flower, redis, postgresql, nginx, migration",),
          ("webapp, celery-worker, celery-beat, flower, redis, nginx, migration",))),
    ],
)  # fmt: skip
def test_cells_follow_the_specification(change, row, cells):
    assert rows("en", *change)[row].cells == cells


def test_without_a_vpn_alpha_is_reached_from_the_internet():
    alpha, production = environments()
    open_alpha = alpha.model_copy(update={"access": production.access})
    assert compare(open_alpha, production, TODAY)[[*ROWS].index("access")].verdict == Verdict.SAME


def test_secrets_are_named_by_source_and_never_shown():
    change = ("DJANGO_SECRET_KEY:     {env: DJANGO_SECRET_KEY}", "DJANGO_SECRET_KEY:     {file: secrets/key}")
    assert rows("en", *change)["secrets"].cells[0] == (
        "file: DJANGO_SECRET_KEY",
        "env: POSTGRES_PASSWORD, FLOWER_BASIC_AUTH, REGISTRY_DOCKERCONFIG",
    )


def test_verdicts_say_what_parity_makes_of_a_row():
    verdicts = {name: row.verdict for name, row in rows().items()}
    assert verdicts["commands"] == verdicts["static"] == Verdict.SAME
    assert verdicts["orchestration"] == verdicts["logs"] == verdicts["domain"] == Verdict.EXPECTED
    assert verdicts["database"] == verdicts["processes"] == verdicts["image"] == Verdict.UNDECLARED


def test_a_row_is_declared_when_each_of_its_differences_is():
    on, redis = {"stack.postgresql.on": "managed"}, {"stack.redis.policy": "tried out"}
    change = ("      redis:      {storage: 1GiB}", "      redis:      {storage: 1GiB, policy: noeviction}")
    one = rows("en", *change, processes=on)
    assert (one["database"].verdict, one["processes"].verdict) == (Verdict.DECLARED, Verdict.UNDECLARED)
    both = rows("en", *change, processes={**on, **redis})
    assert both["processes"].verdict == Verdict.DECLARED
    assert [reason.text for reason in both["processes"].reasons] == ["tried out", "managed"]


@pytest.mark.parametrize(("until", "verdict"), [("2026-12-01", Verdict.DECLARED), ("2026-11-30", Verdict.UNDECLARED)])
def test_a_reason_counts_until_its_last_day_whichever_environment_gives_it(until, verdict):
    alpha, production = environments()
    accepted = {"parity/image": {"image": Acceptance(reason="for now", until=Date(until))}}
    accepting = alpha.model_copy(update={"accepted": accepted})
    found = compare(accepting, declaring(production), TODAY)
    assert next(row.verdict for row in found if row.name == "image") == verdict


def test_a_part_that_only_one_has_counts_in_every_row_that_tells_of_it():
    one = rows("en", processes={"stack.postgresql.on": "managed"})
    assert (one["limits"].verdict, one["health"].verdict) == (Verdict.DECLARED, Verdict.SAME)
    without = rows(
        "en", "      redis:      {storage: 1GiB}", "      redis:      {storage: 1GiB}\n      celery-beat: null"
    )
    assert without["health"].verdict == without["limits"].verdict == Verdict.UNDECLARED
    assert without["versions"].verdict == Verdict.SAME


def test_a_difference_that_no_cell_shows_counts():
    change = ("      redis:      {storage: 1GiB}", "      redis:      {storage: 1GiB}\n      webapp: {cpu: 200m}")
    row = rows("en", *change)["limits"]
    assert [reason.difference.left for reason in row.reasons] == ["200m", "statefulset"]
    assert row.verdict == Verdict.UNDECLARED


def test_replicas_that_follow_the_load_are_a_range():
    alpha, production = environments()
    name, webapp = alpha.part(Webapp)
    scaled = webapp.model_copy(update={"autoscale": Autoscale(max=4)})
    stack = {**alpha.stack, name: scaled}
    row = compare(alpha.model_copy(update={"stack": stack}), production, TODAY)[[*ROWS].index("processes")]
    assert row.cells[0][0].values["text"].startswith("webapp x1-4, ")


def test_a_processor_that_is_not_the_usual_one_is_named_beside_the_hardware():
    left, right = environments()
    nodes = left.model_copy(update={"platform": left.platform.model_copy(update={"architecture": (AMD64, ARM64)})})
    host = right.platform.host.model_copy(update={"instance_type": "t4g.micro"})
    graviton = right.model_copy(update={"platform": right.platform.model_copy(update={"host": host})})
    told = worded(compare(nodes, declaring(graviton), TODAY), ("alpha", "production"), Catalogue.load("en"))
    (row,) = (row for row in told.rows if row.name == "hardware")
    assert row.cells[0][-1] == "amd64, arm64"
    assert row.cells[1][:2] == ("EC2 t4g.micro (ap-northeast-2)", "arm64")
    assert "amd64" not in str(rows()["hardware"].cells)
