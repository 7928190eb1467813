"""Where it runs and how it gets there: platforms, access, certificates, delivery."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from kkinfra.spec.addresses import Cidr, Email, GitUrl, HostKey, HostName, HttpsUrl
from kkinfra.spec.architecture import AMD64, ARM64, Architecture, Architectures, of_instance_type
from kkinfra.spec.cpu import Cpu
from kkinfra.spec.delivery_model import DeliveryModel, GitSource
from kkinfra.spec.memory import Memory
from kkinfra.spec.model import Model, items, value
from kkinfra.spec.names import AwsAccount, DnsLabel, VariableName, Version
from kkinfra.spec.paths import FilePath, RelativePath
from kkinfra.spec.platform_model import ClusterParts, PlatformModel
from kkinfra.spec.port import Port
from kkinfra.spec.secret_delivery import SecretDelivery


class NodePool(Model):
    """Nodes of one role, and what each of them has."""

    count: int = value("How many.", 1, 2, ge=1, le=1000)
    cpu: Cpu = value("Processors of each.", "4", "8")
    memory: Memory = value("Memory of each.", "8GiB", "16GiB")


class Nodes(Model):
    """The nodes of a cluster."""

    control_plane: NodePool = value(
        "Nodes that run the API server, the scheduler and etcd.", {"count": 1, "cpu": "2", "memory": "4GiB"}
    )
    workers: NodePool = value("Nodes that run the workloads.", {"count": 2, "cpu": "4", "memory": "8GiB"})


class Traefik(Model):
    """The Traefik ingress controller (version 3: the traefik.io API group)."""

    kind: Literal["traefik"]
    ingress_class: DnsLabel = value("IngressClass.", "traefik", "traefik-internal", default=DnsLabel("traefik"))
    entrypoint: DnsLabel = value("Entry point for HTTPS.", "websecure", "secure", default=DnsLabel("websecure"))
    namespace: DnsLabel = value(
        "Namespace that Traefik runs in.", "traefik", "kube-system", default=DnsLabel("traefik")
    )


class Nfs(Model):
    """An NFS export that persistent volumes live on."""

    server: HostName = value("Server.", "192.168.0.10", "nas.example.org")
    path: FilePath = value("Exported directory; each volume is a directory below it.", "/export/shop", "/srv/nfs")
    version: Version = value("NFS version.", "4.1", "4.2", default=Version("4.1"))


class Kubernetes(PlatformModel):
    """A Kubernetes cluster."""

    certificates: ClassVar[tuple[str, ...]] = ("traefik", "secret")
    databases: ClassVar[tuple[str, ...]] = ("statefulset", "rds")

    kind: Literal["kubernetes"]
    version: Version = value("Version of the cluster.", "1.33", "1.34")
    namespace: DnsLabel | None = value("Namespace, where it is not PROJECT-ENVIRONMENT.", "shop", default=None)
    nodes: Nodes = value("The cluster's nodes.", {"workers": {"count": 2, "cpu": "4", "memory": "8GiB"}})
    architecture: Architectures | None = value(
        "Architecture of the nodes that pods go to, or several of a mixed cluster; images are built for each. "
        "Without it, images are built for amd64 and pods go to any node.",
        "arm64", ["amd64", "arm64"], default=None,
    )  # fmt: skip
    ingress: Traefik = value("The ingress controller.", {"kind": "traefik"})
    storage: Nfs = value("Where volumes live.", {"server": "192.168.0.10", "path": "/export/shop"})
    secrets: SecretDelivery | None = value(
        "The operator that fills Secrets; without it, kkinfra puts the values there.",
        {"kind": "external-secrets", "store": {"name": "vault"}}, {"kind": "sealed-secrets"}, default=None,
    )  # fmt: skip

    @property
    def title(self) -> str:
        """Its name, with the version."""
        return f"Kubernetes {self.version}"

    @property
    def architectures(self) -> tuple[Architecture, ...]:
        """What images must be built for."""
        return self.architecture or (AMD64,)

    @property
    def own_namespace(self) -> str | None:
        """The namespace that is written."""
        return self.namespace

    @property
    def secret_delivery(self) -> SecretDelivery | None:
        """The operator that is written."""
        return self.secrets

    @property
    def cluster(self) -> ClusterParts:
        """Its nodes, ingress controller and storage."""
        return ClusterParts(self.nodes, self.ingress, self.storage)

    @property
    def is_own_hardware(self) -> bool:
        """Nodes are the owner's."""
        return True


class Ec2(Model):
    """One EC2 instance. With `account`, kkinfra makes it and all around it; without, it is there already."""

    kind: Literal["ec2"]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")] = value(
        "AWS region.", "ap-northeast-2", "us-east-1"
    )
    instance_type: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")] = value(
        "Instance type.", "t2.micro", "t3.small"
    )
    elastic_ip: bool = value("A fixed address, which the domain points at.", True, False, default=True)
    ports: tuple[Port, ...] = items(
        "Ports that the security group opens.", [22, 80, 443], [80, 443], default=(22, 80, 443)
    )
    swap: Memory | None = value("Swap file.", "1GiB", "2GiB", default=None)
    account: AwsAccount | None = value(
        "AWS account in which kkinfra makes instance, network and database, as one CloudFormation stack.",
        "123456789012", "210987654321", default=None,
    )  # fmt: skip
    stack_name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,127}$")] | None = value(
        "CloudFormation stack, where it is not PROJECT-ENVIRONMENT.", "shop", "other", default=None
    )
    zones: tuple[Annotated[str, Field(pattern=r"^[a-z]$")], ...] = items(
        "Two availability zones, by their letters: the instance is in the first, the database in either.",
        ["a", "c"], ["b", "d"], default=("a", "b"),
    )  # fmt: skip
    os: Literal["debian-12", "amazon-linux-2023"] = value(
        "Operating system, whose newest image the instance is made of.",
        "debian-12", "amazon-linux-2023", default="debian-12",
    )  # fmt: skip
    disk: Memory = value("Root disk, encrypted.", "20GiB", "30GiB", default=Memory(20, "GiB"))
    ssh_from: tuple[Cidr, ...] = items(
        "Networks that may reach SSH (`delivery.port`); a CI service has no fixed ones.",
        ["203.0.113.0/24"], ["198.51.100.0/24"], default=(Cidr("0.0.0.0/0"),), min_length=1,
    )  # fmt: skip

    @property
    def architecture(self) -> Architecture:
        """The architecture of the instance type."""
        return of_instance_type(self.instance_type)

    @property
    def image_parameter(self) -> str:
        """The public parameter of AWS Systems Manager that holds the newest image (AMI) of the operating system.

        https://wiki.debian.org/Cloud/AmazonEC2Image/Bookworm,
        https://docs.aws.amazon.com/linux/al2023/ug/ec2.html#launch-via-aws-cli.
        """
        if self.os == "debian-12":
            return f"/aws/service/debian/release/12/latest/{self.architecture}"
        processor = "arm64" if self.architecture == ARM64 else "x86_64"
        return f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{processor}"


class Compose(PlatformModel):
    """One host with Docker Compose."""

    certificates: ClassVar[tuple[str, ...]] = ("certbot",)

    kind: Literal["compose"]
    network: Literal["host"] = value("Network mode: every process shares the host's network.", "host", default="host")
    directory: FilePath = value("Where releases live on the host.", "/srv/shop", "/opt/shop")
    host: Ec2 = value("The host.", {"kind": "ec2", "region": "ap-northeast-2", "instance_type": "t2.micro"})
    architecture: Architecture | None = value(
        "Architecture of the host; an EC2 host has that of its instance type.", "amd64", "arm64", default=None
    )

    @property
    def architectures(self) -> tuple[Architecture, ...]:
        """What images must be built for."""
        return (self.architecture or self.host.architecture,)

    @property
    def title(self) -> str:
        """The program that runs it."""
        return "Docker Compose"

    @property
    def shares_network(self) -> bool:
        """Every container is in the host's network."""
        return True

    @property
    def nginx_is_entrance(self) -> bool:
        """Nginx listens on the host's ports."""
        return True

    @property
    def has_colours(self) -> bool:
        """Blue and green, between which Nginx switches."""
        return True

    @property
    def instance(self) -> Ec2:
        """The host."""
        return self.host


class Access(Model):
    """Who may reach it. Without networks, everybody on the internet may."""

    vpn: tuple[Cidr, ...] = items("Networks of the VPN, which alone are let in.", ["10.8.0.0/24"], ["10.9.0.0/24"])


class Certbot(Model):
    """Certificates from Let's Encrypt, by Certbot (HTTP-01) on the host."""

    by: Literal["certbot"]
    email: Email = value("Address that the authority writes to.", "ops@example.org", "admin@example.org")
    staging: bool = value("Use the authority's staging service.", True, False, default=False)
    server: HttpsUrl | None = value(
        "Directory (RFC 8555, 7.1.1) of another authority than Let's Encrypt.",
        "https://acme.zerossl.com/v2/DV90", "https://acme.example.org/directory", default=None,
    )  # fmt: skip


class CertResolver(Model):
    """Certificates by Traefik's own resolver."""

    by: Literal["traefik"]
    resolver: DnsLabel = value("Name of the resolver.", "letsencrypt", "staging", default=DnsLabel("letsencrypt"))


class CertSecret(Model):
    """A certificate that is there already, as a Secret of type kubernetes.io/tls."""

    by: Literal["secret"]
    name: DnsLabel = value("Name of the Secret.", "alpha-tls", "other-tls")


Tls = Annotated[Certbot | CertResolver | CertSecret, Field(discriminator="by")]


class ImageUpdater(Model):
    """Argo CD Image Updater, which owns the tag of the product's image."""

    strategy: Literal["semver", "newest-build", "digest", "alphabetical"] = value(
        "Which tag is newer.", "newest-build", "semver", default="newest-build"
    )
    tags: Annotated[str, Field(pattern=r"^[A-Za-z0-9^$.*+?()\[\]{}|\\_,-]{1,200}$")] = value(
        "Regular expression of the tags that it may choose.",
        "^main-[0-9a-f]{7}$",
        "^v[0-9.]+$",
        default="^main-[0-9a-f]{7,40}$",
    )


class GitOps(DeliveryModel):
    """Argo CD applies what lands in Git."""

    platforms: ClassVar[frozenset[str]] = frozenset({"kubernetes"})

    by: Literal["gitops"]
    repository: GitUrl = value(
        "Repository that Argo CD reads.",
        "https://git.example.org/shop-infra.git",
        "git@github.com:example/other.git",
    )
    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$")] = value(
        "Branch.", "main", "alpha", default="main"
    )
    path: RelativePath = value("Directory in the repository that holds the rendered tree.", "alpha", "clusters/alpha")
    argocd_namespace: DnsLabel = value(
        "Namespace that Argo CD runs in.", "argocd", "gitops", default=DnsLabel("argocd")
    )
    image_updater: ImageUpdater | None = value("Argo CD Image Updater.", {"strategy": "newest-build"}, default=None)

    @property
    def title(self) -> str:
        """The agent that applies."""
        return "Argo CD"

    @property
    def updater(self) -> ImageUpdater | None:
        """Argo CD Image Updater, where it is written."""
        return self.image_updater

    @property
    def git(self) -> GitSource:
        """What Argo CD reads."""
        return GitSource(str(self.repository), self.branch, str(self.path), str(self.argocd_namespace))


class Apply(DeliveryModel):
    """Straight to the cluster, by server-side apply."""

    platforms: ClassVar[frozenset[str]] = frozenset({"kubernetes"})

    by: Literal["apply"]

    @property
    def title(self) -> str:
        """What the API calls it."""
        return "server-side apply"


class Ssh(DeliveryModel):
    """To the host, over SSH."""

    platforms: ClassVar[frozenset[str]] = frozenset({"compose"})
    stack_outputs: ClassVar[dict[str, str]] = {"host": "Address"}

    by: Literal["ssh"]
    host: HostName = value("Host.", "shop.example.org", "203.0.113.10")
    user: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = value(
        "User.", "deploy", "admin", default="deploy"
    )
    port: Port = value("Port.", 22, 2222, default=Port(22))
    host_keys: tuple[HostKey, ...] = items(
        "Public keys of the host, one of which it must have; where none is written, the user's known_hosts decides.",
        ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"],
        ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6q0FQ4bQzVmZb4VY3jHnC2uS4mE6Z6gHk0xkqT9pQe"],
    )  # fmt: skip
    keep_releases: int = value("Releases that stay on the host to go back to.", 5, 3, default=5, ge=2, le=100)
    ci: Literal["github-actions"] | None = value("The service that deploys.", "github-actions", default=None)

    @property
    def title(self) -> str:
        """SSH, with its port."""
        return f"SSH :{int(self.port)}"

    @property
    def ssh_port(self) -> Port:
        """The port that is written."""
        return self.port

    @property
    def service(self) -> str | None:
        """The CI service, where one is written."""
        return self.ci


class Registry(Model):
    """The registry that the product's image comes from."""

    pull_secret: VariableName = value(
        "Secret that holds the Docker configuration (JSON) for pulling.", "REGISTRY_DOCKERCONFIG", "OTHER_DOCKERCONFIG"
    )


class Logs(Model):
    """Log rotation of the json-file driver, for each container."""

    max_size: Memory = value("Size at which a file is closed.", "10MB", "20MB", default=Memory(10, "MB"))
    max_files: int = value(
        "Files that are kept; with one, following a log hangs (moby#37646).", 3, 4, default=3, ge=2, le=100
    )


SOURCES = ("env", "file", "sops", "aws_parameter", "aws_secret")
"""The kinds of source that a secret can have."""


class Secret(Model):
    """Where a secret comes from (exactly one source) and who reads it. The secret itself is never here."""

    env: VariableName | None = value("Variable of whoever deploys.", "DJANGO_SECRET_KEY", "OTHER_KEY", default=None)
    file: FilePath | RelativePath | None = value(
        "File at whoever deploys.", "secrets/django-key", "secrets/other", default=None
    )
    sops: RelativePath | None = value(
        "File encrypted with SOPS; `key` names the entry.", "secrets/alpha.sops.yaml", "other.yaml", default=None
    )
    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,127}$")] | None = value(
        "Entry in the SOPS file, where it is not the secret's name, or in a secret of AWS that is a JSON object.",
        "DJANGO_SECRET_KEY", "password", default=None,
    )  # fmt: skip
    aws_parameter: FilePath | None = value(
        "Parameter of AWS Systems Manager.", "/shop/production/DJANGO_SECRET_KEY", "/other/KEY", default=None
    )
    aws_secret: Annotated[str, Field(pattern=r"^[A-Za-z0-9/_+=.@!:-]{1,2048}$")] | None = value(
        "Secret of AWS Secrets Manager, by name or ARN; `key` names the entry, where it is a JSON object.",
        "shop/production", "other/secret", default=None,
    )  # fmt: skip
    readers: tuple[DnsLabel, ...] | None = items(
        "Parts that read it; all that run the product's image, where none are named.",
        ["webapp"],
        ["celery-worker"],
        default=None,
    )

    def sources(self) -> dict[str, str]:
        """What is written, by kind of source; one entry, once the specification is checked."""
        return {kind: str(place) for kind in SOURCES if (place := getattr(self, kind)) is not None}
