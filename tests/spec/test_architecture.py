"""Which processor an environment is for: what is written, what an instance type says, and where both contradict."""

from __future__ import annotations

import pytest

from kkinfra.proving.proofs import instance_types
from kkinfra.spec.architecture import AMD64, ARM64, of_instance_type
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse
from real_spec import SOURCE, changed, errors

CLUSTER, HOST = "      kind: kubernetes\n", "      kind: compose\n"


def platform(name, text):
    return resolve_document(parse(text, "f"), "f").environments[name].platform


def cluster(written):
    return platform("alpha", changed(CLUSTER, f"{CLUSTER}      architecture: {written}\n"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("amd64", (AMD64,)),
        ("arm64", (ARM64,)),
        ("[arm64]", (ARM64,)),
        ("[amd64, arm64]", (AMD64, ARM64)),
        ("null", (AMD64,)),
    ],
)
def test_a_cluster_has_one_architecture_or_several(written, expected):
    assert cluster(written).architectures == expected


def test_where_nothing_is_written_it_is_amd64():
    assert platform("alpha", SOURCE).architectures == (AMD64,)
    assert platform("production", SOURCE).architectures == (AMD64,)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("x86_64", "'x86_64' is called amd64 here, as Docker and Kubernetes write it; write amd64"),
        ("X64", "'X64' is called amd64 here, as Docker and Kubernetes write it; write amd64"),
        ("[amd64, aarch64]", "'aarch64' is called arm64 here, as Docker and Kubernetes write it; write arm64"),
        ("sparc", "'sparc' is not an architecture; write amd64 or arm64"),
        ("64", "64 is not an architecture; write amd64 or arm64"),
        ("{amd64: true}", "a mapping is not an architecture; write amd64 or arm64"),
        ("[[amd64]]", "a list is not an architecture; write amd64 or arm64"),
        ("[]", "the list is empty; write one architecture, or several as in [amd64, arm64]"),
        ("[arm64, arm64]", "the list names one twice; write one architecture, or several as in [amd64, arm64]"),
    ],
)
def test_what_is_no_architecture_is_told_with_what_to_write(written, problem):
    (found,) = errors(changed(CLUSTER, f"{CLUSTER}      architecture: {written}\n"))
    assert found.startswith("f:")
    assert found.endswith(f"environments.alpha.platform.architecture: {problem}")


def test_a_host_has_one_architecture():
    (found,) = errors(changed(HOST, f"{HOST}      architecture: [amd64]\n"))
    assert found.endswith("environments.production.platform.architecture: a list is not an architecture; "
                          "write amd64 or arm64")  # fmt: skip


def test_a_host_that_contradicts_its_instance_type_is_an_error_that_names_both():
    (found,) = errors(changed(HOST, f"{HOST}      architecture: arm64\n"))
    assert found.endswith(
        "environments.production.platform.architecture: arm64 contradicts platform.host.instance_type t2.micro, which "
        "is amd64; take architecture out, or choose an instance type with arm64"
    )


def test_a_host_may_say_what_its_instance_type_says():
    assert platform("production", changed(HOST, f"{HOST}      architecture: amd64\n")).architectures == (AMD64,)
    graviton = platform("production", changed("instance_type: t2.micro", "instance_type: t4g.micro"))
    assert graviton.architectures == (ARM64,)


@pytest.mark.parametrize(
    "name",
    [
        "a1.medium", "t4g.micro", "m6g.large", "m6gd.large", "m7g.large", "m8g.large", "c6gn.large", "c7gn.large",
        "c8gd.large", "r8g.large", "r8gb.large", "x1g.large", "x2gd.medium", "x8g.large", "i4g.large", "i8ge.large",
        "im4gn.large", "is4gen.medium", "g5g.xlarge", "hpc7g.4xlarge", "p6e-gb200.36xlarge",
    ],
)  # fmt: skip
def test_these_instance_types_are_arm64(name):
    assert of_instance_type(name) == ARM64


@pytest.mark.parametrize(
    "name",
    [
        "t2.micro", "t3.small", "t3a.small", "m5.large", "m5ad.large", "m7a.large", "m7i-flex.large", "c6id.large",
        "r5b.large", "x2iezn.2xlarge", "g4dn.xlarge", "g4ad.xlarge", "g5.xlarge", "g6e.xlarge", "gr6.4xlarge",
        "p4d.24xlarge", "p6-b200.48xlarge", "i3en.large", "i7ie.large", "d3en.xlarge", "u-6tb1.metal",
        "u7i-12tb.224xlarge", "inf2.xlarge", "trn1.2xlarge", "z1d.large", "hpc7a.12xlarge", "dl2q.24xlarge",
        "vt1.3xlarge",
    ],
)  # fmt: skip
def test_these_instance_types_are_amd64(name):
    assert of_instance_type(name) == AMD64


def test_every_family_whose_memory_is_known_has_the_architecture_that_it_is_listed_with():
    tables = (instance_types._BURSTABLE, instance_types._GIB_A_PROCESSOR)
    families = [family for table in tables for group in table for family in group]
    arm = {family for family in families if of_instance_type(f"{family}.large") == ARM64}
    assert arm == {"t4g", "c6g", "c7g", "m6g", "m7g", "r6g", "r7g"}
