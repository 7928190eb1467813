"""Names and addresses that a specification holds: text of one restricted form each."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from kkinfra.parsed import Parsed, shown


class Name(str, Parsed):
    """Text of one restricted form; what it is called and how to write it are said by each subclass."""

    __slots__ = ()
    REMEDY: ClassVar[str]
    LONGEST: ClassVar[int] = 253

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read text that matches the pattern as a whole and is not longer than LONGEST."""
        if isinstance(text, str) and len(text) <= cls.LONGEST and re.fullmatch(cls.PATTERN, text):
            return cls(text)
        raise ValueError(f"{shown(text)} is not {cls.REMEDY}")


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


class DnsLabel(Name):
    """A name that is a DNS label (RFC 1123), since it becomes an object's and a host's name."""

    PATTERN = rf"^{_LABEL}$"
    TITLE = "Name"
    EXAMPLES = ("webapp", "celery-worker")
    REMEDY = "a name; write lower-case letters, digits and dashes, at most 63, with a letter or digit at each end"
    LONGEST = 63


class DomainName(Name):
    """A fully qualified domain name (RFC 1035, RFC 1123), in lower case and without the last dot."""

    PATTERN = rf"^({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?$"
    TITLE = "Domain name"
    EXAMPLES = ("shop.example.org",)
    REMEDY = "a domain name; write it in lower case, as in app.example.org"


class HostName(Name):
    """A host: a domain name, a bare label or an IPv4 address."""

    PATTERN = rf"^({_LABEL}\.)*{_LABEL}$"
    TITLE = "Host"
    EXAMPLES = ("nas.example.org", "192.168.0.10")
    REMEDY = "a host; write a name such as nas.example.org, or an IPv4 address"


class VariableName(Name):
    """The name of an environment variable (POSIX.1-2017, 8.1)."""

    PATTERN = r"^[A-Z_][A-Z0-9_]*$"
    TITLE = "Variable name"
    EXAMPLES = ("DJANGO_SETTINGS_MODULE",)
    REMEDY = "a variable's name; write capital letters, digits and underscores, as in DJANGO_SECRET_KEY"
    LONGEST = 128


class ModulePath(Name):
    """A Python module, as in `config`, or an object in one, as in `config.asgi:application`."""

    PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*(:[A-Za-z_][A-Za-z0-9_]*)?$"
    TITLE = "Python object"
    EXAMPLES = ("config.asgi:application",)
    REMEDY = "a Python object; write module.path or module.path:object"


class ModuleObject(Name):
    """An object in a Python module, as Uvicorn takes an application."""

    PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$"
    TITLE = "Object in a Python module"
    EXAMPLES = ("config.asgi:application",)
    REMEDY = "an object in a Python module; write module.path:object, as in config.asgi:application"


class UrlPath(Name):
    """A path in a URL, from its leading slash; without `..`; letters, digits and `._~/-` only."""

    PATTERN = r"^/((?!\.\.?/)[A-Za-z0-9._~-]+/)*(?!\.\.?$)[A-Za-z0-9._~-]*$"
    TITLE = "URL path"
    EXAMPLES = ("/healthz/ready", "/static/")
    REMEDY = "a URL path; write it from its leading slash, without '..' or spaces, as in /healthz/ready"


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


class Version(Name):
    """A version of a program, as text: `15`, `7.4`, `1.22`."""

    PATTERN = r"^[0-9]+(\.[0-9]+){0,2}$"
    TITLE = "Version"
    EXAMPLES = ("15", "1.22")
    REMEDY = 'a version; write it in quotes, as in "15" or "1.22"'
    LONGEST = 20

    @property
    def major(self) -> int:
        """The first number."""
        return int(self.partition(".")[0])

    @property
    def numbers(self) -> tuple[int, ...]:
        """All numbers, which compare as versions do."""
        return tuple(int(part) for part in self.split("."))


class Cidr(Name):
    """A network in CIDR notation (RFC 4632, RFC 4291), without host bits."""

    PATTERN = r"^[0-9a-f.:]+/[0-9]{1,3}$"
    TITLE = "Network"
    EXAMPLES = ("10.8.0.0/24",)
    REMEDY = "a network; write it as in 10.8.0.0/24"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a network; one with host bits set is refused with the network it would be."""
        from ipaddress import ip_network

        network = super().parse(text)
        try:
            strict = ip_network(network, strict=False)
        except ValueError:
            raise ValueError(f"{shown(text)} is not {cls.REMEDY}") from None
        if str(strict) != network:
            raise ValueError(f"{shown(text)} is not the network's own address; write {strict}")
        return network


class AwsAccount(Name):
    """An AWS account: twelve digits, as text, since it may begin with a zero."""

    PATTERN = r"^[0-9]{12}$"
    TITLE = "AWS account"
    EXAMPLES = ("123456789012",)
    REMEDY = 'an AWS account; write its twelve digits in quotes, as in "123456789012"'


class Email(Name):
    """An e-mail address, as the certificate authority takes it."""

    PATTERN = r"^[A-Za-z0-9._+-]+@([a-z0-9-]+\.)+[a-z]{2,}$"
    TITLE = "E-mail address"
    EXAMPLES = ("ops@example.org",)
    REMEDY = "an e-mail address; write it as in ops@example.org"


class GitUrl(Name):
    """The address of a Git repository, over HTTPS or SSH, without credentials."""

    PATTERN = r"^(https://[a-z0-9.-]+(:[0-9]+)?/|git@[a-z0-9.-]+:)[A-Za-z0-9._/-]+$"
    TITLE = "Git repository"
    EXAMPLES = ("https://git.example.org/shop-infra.git",)
    REMEDY = "a Git repository; write https://host/owner/name.git or git@host:owner/name.git, without credentials"


class HttpsUrl(Name):
    """An address over HTTPS, without credentials, query or fragment."""

    PATTERN = r"^https://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$"
    TITLE = "HTTPS address"
    EXAMPLES = ("https://acme.example.org/directory",)
    REMEDY = "an address over HTTPS; write it as in https://acme.example.org/directory, without credentials"


class HostKey(Name):
    """A host's public key, as a file of known hosts has it behind the name (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""

    PATTERN = (
        r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com)"
        r" [A-Za-z0-9+/]{40,2000}={0,3}$"
    )
    TITLE = "Host key"
    EXAMPLES = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",)
    REMEDY = (
        "a host's public key; write its type and its key, as /etc/ssh/ssh_host_ed25519_key.pub on the host has them"
    )
    LONGEST = 2100
