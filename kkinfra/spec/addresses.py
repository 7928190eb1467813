"""Addresses that a specification holds: domains, hosts, networks, URLs, and the key by which a host is known."""

from __future__ import annotations

import re
from typing import Self

from kkinfra.spec.names import LABEL, Name
from kkinfra.spec.parsed import FormError, shown

_AROUND = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)?(?P<user>[^@/]*@)?(?P<wildcard>\*\.)?(?P<name>[^/:?#]*?)(?P<dot>\.)?"
    r"(?P<port>:[0-9]+)?(?P<path>[/?#].*)?"
)


def _bare_host(text: str) -> tuple[str, str]:
    """The host in an address, and what stands around it, in words."""
    found = _AROUND.fullmatch(text.strip())
    if not found:
        return text, ""
    words = {
        "scheme": f"{found['scheme']}", "user": "the user before the @", "wildcard": "the wildcard *.",
        "dot": "the dot at the end", "port": f"the port {found['port']}", "path": "the path",
    }  # fmt: skip
    around = [word for part, word in words.items() if found[part]]
    return found["name"].lower(), f"{', '.join(around[:-1])} and {around[-1]}" if len(around) > 1 else "".join(around)


def _ascii(name: str) -> str:
    """A domain name as DNS has it (RFC 5890): letters of other alphabets as `xn--`."""
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name


class DomainName(Name):
    """A fully qualified domain name (RFC 1035, RFC 1123), in lower case and without the last dot."""

    PATTERN = rf"^({LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?$"
    TITLE = "Domain name"
    EXAMPLES = ("shop.example.org",)
    REMEDY = "a domain name; write a name in lower case, as in app.example.org"

    @classmethod
    def fault(cls, text: str) -> tuple[str, str]:
        """An address, a port, a wildcard and letters of other alphabets each have their remedy."""
        name, around = _bare_host(text)
        fixed = _ascii(name)
        if len(re.split(r"[\s,;]+", text.strip())) > 1:
            return "it is more than one word, and an environment has one domain", ""
        if around and cls.fits(fixed):
            return f"leave out {around}", fixed
        if fixed != name and cls.fits(fixed):
            return "it is not in ASCII, as DNS needs it", fixed
        if re.fullmatch(r"[0-9.]+|[0-9a-f]*:[0-9a-f:]+", name):
            return "it is an address, and certificates are for names", ""
        if re.fullmatch(LABEL, fixed):
            return "it has no dot", ""
        return super().fault(text)


class HostName(Name):
    """A host: a domain name, a bare label or an IPv4 address."""

    PATTERN = rf"^({LABEL}\.)*{LABEL}$"
    TITLE = "Host"
    EXAMPLES = ("nas.example.org", "192.168.0.10")
    REMEDY = "a host; write a name such as nas.example.org, or an IPv4 address"

    @classmethod
    def fault(cls, text: str) -> tuple[str, str]:
        """An address or a port around the host has its remedy."""
        name, around = _bare_host(text)
        if around and cls.fits(name):
            return f"leave out {around}", name
        if text.count(":") > 1:
            return "it is an IPv6 address, or more than a host", ""
        return super().fault(text)


class Cidr(Name):
    """A network in CIDR notation (RFC 4632, RFC 4291), without host bits."""

    PATTERN = r"^[0-9a-f.:]+/[0-9]{1,3}$"
    TITLE = "Network"
    EXAMPLES = ("10.8.0.0/24",)
    REMEDY = "a network; write it as in 10.8.0.0/24"

    @classmethod
    def fault(cls, text: str) -> tuple[str, str]:
        """An address alone is a network of one."""
        alone = f"{text}/{'128' if ':' in text else '32'}"
        return ("it has no size", alone) if "/" not in text and cls.fits(alone) else super().fault(text)

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a network; one with host bits set is refused with the network it would be."""
        from ipaddress import ip_network

        network = super().parse(text)
        try:
            strict = ip_network(network, strict=False)
        except ValueError:
            raise FormError(f"{shown(text)} is not {cls.REMEDY}", f"is not {cls.REMEDY}") from None
        if str(strict) != network:
            problem = f"{shown(text)} is not the network's own address; write {strict}"
            raise FormError(problem, f"is not {cls.REMEDY}")
        return network


class Email(Name):
    """An e-mail address, as the certificate authority takes it."""

    PATTERN = r"^[A-Za-z0-9._+-]+@([a-z0-9-]+\.)+[a-z]{2,}$"
    TITLE = "E-mail address"
    EXAMPLES = ("ops@example.org",)
    REMEDY = "an e-mail address; write it as in ops@example.org"


class _Url(Name):
    """An address, of which nothing is repeated where it holds credentials."""

    @classmethod
    def problem(cls, text: object) -> str:
        """What stands before an @ is a token or a password; it is not printed."""
        if isinstance(text, str) and re.match(r"[a-z+]{1,20}://[^/]*@", text):
            noun = cls.REMEDY.partition(";")[0]
            remedy = "write it without what stands before the @, and change that password, since it stood in a file"
            return f"is not {noun}, but holds credentials; {remedy}"
        return super().problem(text)

    @classmethod
    def fault(cls, text: str) -> tuple[str, str]:
        """An address over HTTP, or without its scheme, is meant to be one over HTTPS."""
        fixed = f"https://{re.sub(r'^[a-z]+://|[?#].*$', '', text.strip())}"
        return ("it is not over HTTPS", fixed) if cls.fits(fixed) and fixed != text else super().fault(text)


class GitUrl(_Url):
    """The address of a Git repository, over HTTPS or SSH, without credentials."""

    PATTERN = r"^(https://[a-z0-9.-]+(:[0-9]+)?/|git@[a-z0-9.-]+:)[A-Za-z0-9._/-]+$"
    TITLE = "Git repository"
    EXAMPLES = ("https://git.example.org/shop-infra.git",)
    REMEDY = "a Git repository; write https://host/owner/name.git or git@host:owner/name.git, without credentials"


class HttpsUrl(_Url):
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
