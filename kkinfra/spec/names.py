"""Names and addresses that a specification holds: text of one restricted form each."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from kkinfra.spec.parsed import FormError, Parsed, shown
from kkinfra.values.wrong_text import LONGEST_TRIED, fault
from kkinfra.values.yaml_errors import template_in


class Name(str, Parsed):
    """Text of one restricted form; what it is called and how to write it are said by each subclass."""

    __slots__ = ()
    REMEDY: ClassVar[str]
    LONGEST: ClassVar[int] = 253

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read text that matches the pattern as a whole and is not longer than LONGEST; raises FormError."""
        if isinstance(text, str) and cls.fits(text):
            return cls(text)
        raise FormError(cls.problem(text), f"is not {cls.REMEDY}")

    @classmethod
    def fits(cls, text: str) -> bool:
        """Whether a text has the form."""
        return len(text) <= cls.LONGEST and re.fullmatch(cls.PATTERN, text) is not None

    @classmethod
    def problem(cls, text: object) -> str:
        """What is wrong with a value that has not the form, and what to write."""
        noun, _, remedy = cls.REMEDY.partition("; ")
        if isinstance(text, int | float) and not isinstance(text, bool) and cls.fits(str(text)):
            return f'{shown(text)} is a number, not {noun}; write it in quotes: "{text}"'
        if not isinstance(text, str):
            return f"{shown(text)} is not {cls.REMEDY}"
        template = template_in(text)
        if template:
            return f"{shown(text)} {template}"
        cause, fixed = cls.fault(text) if len(text) <= LONGEST_TRIED else fault(text, cls.fits)
        because = f": {cause}" if cause else ""
        return f"{shown(text)} is not {noun}{because}; {f'write {fixed}' if fixed else remedy}"

    @classmethod
    def fault(cls, text: str) -> tuple[str, str]:
        """What is wrong with a text, in words; and the nearest text that fits, or nothing."""
        return fault(text, cls.fits)


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


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
        if re.fullmatch(_LABEL, fixed):
            return "it has no dot", ""
        return super().fault(text)


class HostName(Name):
    """A host: a domain name, a bare label or an IPv4 address."""

    PATTERN = rf"^({_LABEL}\.)*{_LABEL}$"
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

    @classmethod
    def fault(cls, text: str) -> tuple[str, str]:
        """Of an address, its path is meant."""
        address = re.fullmatch(r"[a-z]+://[^/]+(/[^?#]*)?([?#].*)?", text)
        if address and cls.fits(address[1] or "/"):
            return "it is a whole address", address[1] or "/"
        return super().fault(text)


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

    @classmethod
    def problem(cls, text: object) -> str:
        """A version without quotes is a number to YAML, of which a zero at the end would be lost."""
        if isinstance(text, int | float) and not isinstance(text, bool) and cls.fits(str(text)):
            lost = f", which is {float(text):g} to YAML" if str(text) != f"{float(text):g}" else ""
            return f'{shown(text)} is a number{lost}; write the version in quotes: "{text}"'
        if isinstance(text, str) and (fixed := fault(text, cls.fits)[1]):
            return f'{shown(text)} is not a version; write "{fixed}"'
        return f"{shown(text)} is not {cls.REMEDY}"

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
