"""What authors of renderers, proofs, targets and provisioners build on; nothing else of kkinfra is promised to them.

Names are imported when they are used. docs/renderers.md, docs/proofs.md and docs/targets.md teach them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kkinfra.console.telling import Telling
    from kkinfra.difference.change import ABSENT, Change, FieldChange
    from kkinfra.difference.comparison import compared
    from kkinfra.difference.report import Compared, Difference
    from kkinfra.errors import (
        ConnectionFailedError,
        DeployError,
        InterruptedRunError,
        KkinfraError,
        ProofError,
        RendererError,
        SecretError,
    )
    from kkinfra.proving.cost import CostLine, Estimate, estimate
    from kkinfra.proving.proof import ComparisonProof, Finding, Proof, Row, Severity
    from kkinfra.rendering.artifacts import Artifact, ArtifactTree
    from kkinfra.rendering.renderer import Emulated, Fidelity, Refused, Renderer
    from kkinfra.rendering.static_files import PUBLISH
    from kkinfra.secrets.mask import Mask
    from kkinfra.spec.addresses import Cidr, DomainName, Email, GitUrl, HostKey, HostName, HttpsUrl
    from kkinfra.spec.architecture import Architecture
    from kkinfra.spec.cpu import Cpu
    from kkinfra.spec.delivery_model import DeliveryModel
    from kkinfra.spec.duration import Duration
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.image_reference import ImageReference
    from kkinfra.spec.memory import Memory
    from kkinfra.spec.model import Model, items, value
    from kkinfra.spec.names import DnsLabel, VariableName, Version
    from kkinfra.spec.paths import FilePath, RelativePath, UrlPath
    from kkinfra.spec.platform_model import PlatformModel
    from kkinfra.spec.platforms import (
        Access,
        Apply,
        Certbot,
        CertResolver,
        CertSecret,
        Compose,
        Ec2,
        GitOps,
        ImageUpdater,
        Kubernetes,
        Logs,
        NodePool,
        Nodes,
        Registry,
        Secret,
        Ssh,
    )
    from kkinfra.spec.port import Port
    from kkinfra.spec.schedule import Schedule
    from kkinfra.spec.secret_delivery import ExternalSecrets, SealedSecrets
    from kkinfra.spec.stack import (
        AppService,
        Autoscale,
        CeleryBeat,
        CeleryWorker,
        Component,
        Container,
        Cron,
        Flower,
        Job,
        Migration,
        Nginx,
        Postgresql,
        PostgresqlRds,
        PostgresqlStatefulSet,
        Process,
        Redis,
        Service,
        StaticFiles,
        Webapp,
    )
    from kkinfra.spec.wiring import (
        SECRETS_DIRECTORY,
        address,
        authority,
        command,
        health_check,
        set_at,
        variables,
        waiting_for,
    )
    from kkinfra.targets.protocol.command import CommandRequest, Streams
    from kkinfra.targets.protocol.history import History, Run, provision_run
    from kkinfra.targets.protocol.lock import FREE, LockHolder, LockStatus
    from kkinfra.targets.protocol.logs import LogLine, LogRequest
    from kkinfra.targets.protocol.needs import Need, Needs
    from kkinfra.targets.protocol.options import Options, option
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Check, Plan
    from kkinfra.targets.protocol.provisioner import FindsDrift, KnowsRights, Policy, Provisioner, Provisioning
    from kkinfra.targets.protocol.status import CertificateStatus, DriftStatus, PartStatus, Status
    from kkinfra.targets.protocol.target import Bootstraps, Resumes, RunsCommands, Seals, Session, TakesSecrets, Target
    from kkinfra.targets.protocol.wanted import Wanted
    from kkinfra.values.document import Steps, dotted
    from kkinfra.values.plain import is_mapping
    from kkinfra.values.secret import SecretText
    from kkinfra.values.yaml_text import document

_HOMES = {
    "console.telling": ("Telling",),
    "difference.change": ("ABSENT", "Change", "FieldChange"),
    "difference.comparison": ("compared",),
    "difference.report": ("Compared", "Difference"),
    "errors": ("ConnectionFailedError", "DeployError", "InterruptedRunError", "KkinfraError", "ProofError",
        "RendererError", "SecretError"),
    "proving.cost": ("CostLine", "Estimate", "estimate"),
    "proving.proof": ("ComparisonProof", "Finding", "Proof", "Row", "Severity"),
    "rendering.artifacts": ("Artifact", "ArtifactTree"),
    "rendering.renderer": ("Emulated", "Fidelity", "Refused", "Renderer"),
    "rendering.static_files": ("PUBLISH",),
    "secrets.mask": ("Mask",),
    "spec.addresses": ("Cidr", "DomainName", "Email", "GitUrl", "HostKey", "HostName", "HttpsUrl"),
    "spec.architecture": ("Architecture",),
    "spec.cpu": ("Cpu",),
    "spec.delivery_model": ("DeliveryModel",),
    "spec.duration": ("Duration",),
    "spec.environment": ("Environment",),
    "spec.image_reference": ("ImageReference",),
    "spec.memory": ("Memory",),
    "spec.model": ("Model", "items", "value"),
    "spec.names": ("DnsLabel", "VariableName", "Version"),
    "spec.paths": ("FilePath", "RelativePath", "UrlPath"),
    "spec.platform_model": ("PlatformModel",),
    "spec.platforms": ("Access", "Apply", "CertResolver", "CertSecret", "Certbot", "Compose", "Ec2", "GitOps",
        "ImageUpdater", "Kubernetes", "Logs", "NodePool", "Nodes", "Registry", "Secret", "Ssh"),
    "spec.port": ("Port",),
    "spec.schedule": ("Schedule",),
    "spec.secret_delivery": ("ExternalSecrets", "SealedSecrets"),
    "spec.stack": ("AppService", "Autoscale", "CeleryBeat", "CeleryWorker", "Component", "Container", "Cron",
        "Flower", "Job", "Migration", "Nginx", "Postgresql", "PostgresqlRds", "PostgresqlStatefulSet", "Process",
        "Redis", "Service", "StaticFiles", "Webapp"),
    "spec.wiring": ("SECRETS_DIRECTORY", "address", "authority", "command", "health_check", "set_at", "variables",
        "waiting_for"),
    "targets.protocol.command": ("CommandRequest", "Streams"),
    "targets.protocol.history": ("History", "Run", "provision_run"),
    "targets.protocol.lock": ("FREE", "LockHolder", "LockStatus"),
    "targets.protocol.logs": ("LogLine", "LogRequest"),
    "targets.protocol.needs": ("Need", "Needs"),
    "targets.protocol.options": ("Options", "option"),
    "targets.protocol.outcome": ("Outcome",),
    "targets.protocol.plan": ("Check", "Plan"),
    "targets.protocol.provisioner": ("FindsDrift", "KnowsRights", "Policy", "Provisioner", "Provisioning"),
    "targets.protocol.status": ("CertificateStatus", "DriftStatus", "PartStatus", "Status"),
    "targets.protocol.target": ("Bootstraps", "Resumes", "RunsCommands", "Seals", "Session", "TakesSecrets",
        "Target"),
    "targets.protocol.wanted": ("Wanted",),
    "values.document": ("Steps", "dotted"),
    "values.plain": ("is_mapping",),
    "values.secret": ("SecretText",),
    "values.yaml_text": ("document",),
}  # fmt: skip
"""By module: the names that authors have from it."""

__all__ = [
    "ABSENT",
    "FREE",
    "PUBLISH",
    "SECRETS_DIRECTORY",
    "Access",
    "AppService",
    "Apply",
    "Architecture",
    "Artifact",
    "ArtifactTree",
    "Autoscale",
    "Bootstraps",
    "CeleryBeat",
    "CeleryWorker",
    "CertResolver",
    "CertSecret",
    "Certbot",
    "CertificateStatus",
    "Change",
    "Check",
    "Cidr",
    "CommandRequest",
    "Compared",
    "ComparisonProof",
    "Component",
    "Compose",
    "ConnectionFailedError",
    "Container",
    "CostLine",
    "Cpu",
    "Cron",
    "DeliveryModel",
    "DeployError",
    "Difference",
    "DnsLabel",
    "DomainName",
    "DriftStatus",
    "Duration",
    "Ec2",
    "Email",
    "Emulated",
    "Environment",
    "Estimate",
    "ExternalSecrets",
    "Fidelity",
    "FieldChange",
    "FilePath",
    "Finding",
    "FindsDrift",
    "Flower",
    "GitOps",
    "GitUrl",
    "History",
    "HostKey",
    "HostName",
    "HttpsUrl",
    "ImageReference",
    "ImageUpdater",
    "InterruptedRunError",
    "Job",
    "KkinfraError",
    "KnowsRights",
    "Kubernetes",
    "LockHolder",
    "LockStatus",
    "LogLine",
    "LogRequest",
    "Logs",
    "Mask",
    "Memory",
    "Migration",
    "Model",
    "Need",
    "Needs",
    "Nginx",
    "NodePool",
    "Nodes",
    "Options",
    "Outcome",
    "PartStatus",
    "Plan",
    "PlatformModel",
    "Policy",
    "Port",
    "Postgresql",
    "PostgresqlRds",
    "PostgresqlStatefulSet",
    "Process",
    "Proof",
    "ProofError",
    "Provisioner",
    "Provisioning",
    "Redis",
    "Refused",
    "Registry",
    "RelativePath",
    "Renderer",
    "RendererError",
    "Resumes",
    "Row",
    "Run",
    "RunsCommands",
    "Schedule",
    "SealedSecrets",
    "Seals",
    "Secret",
    "SecretError",
    "SecretText",
    "Service",
    "Session",
    "Severity",
    "Ssh",
    "StaticFiles",
    "Status",
    "Steps",
    "Streams",
    "TakesSecrets",
    "Target",
    "Telling",
    "UrlPath",
    "VariableName",
    "Version",
    "Wanted",
    "Webapp",
    "address",
    "authority",
    "command",
    "compared",
    "document",
    "dotted",
    "estimate",
    "health_check",
    "is_mapping",
    "items",
    "option",
    "provision_run",
    "set_at",
    "value",
    "variables",
    "waiting_for",
]  # fmt: skip

if not TYPE_CHECKING:  # which would let checkers take any name

    def __getattr__(name: str) -> object:
        for module, names in _HOMES.items():
            if name in names:
                from importlib import import_module

                return getattr(import_module(f"kkinfra.{module}"), name)
        raise AttributeError(f"module 'kkinfra.plugins' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
