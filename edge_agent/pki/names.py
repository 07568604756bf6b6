"""Whom a certificate is for: a broker or server by its hosts, an agent by its site and device."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Protocol

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge_agent.errors import CertificateError

_LONGEST_NAME = 64  # RFC 5280, appendix A.1: ub-common-name
_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.I | re.A
)


class Names(Protocol):
    """What one kind of certificate is for."""

    @property
    def common_name(self) -> str:
        """Of the subject."""
        ...

    @property
    def alternatives(self) -> list[x509.GeneralName]:
        """Of the SubjectAlternativeName."""
        ...

    @property
    def purpose(self) -> x509.ObjectIdentifier:
        """The only extended key usage."""
        ...


@dataclass(frozen=True, slots=True)
class ServerNames:
    """The names and addresses under which devices reach a broker, or the server that they claim from."""

    hosts: tuple[str, ...]

    purpose = ExtendedKeyUsageOID.SERVER_AUTH

    @property
    def common_name(self) -> str:
        """The first host; nobody checks it where there are alternatives (RFC 9525, section 2)."""
        return self.hosts[0][:_LONGEST_NAME]

    @property
    def alternatives(self) -> list[x509.GeneralName]:
        """Every host.

        Raises:
            CertificateError: One of them can be no host.
        """
        return [_host(host) for host in self.hosts]


@dataclass(frozen=True, slots=True)
class DeviceNames:
    """One agent.

    The common name is ``{site}/{device}``, the part of its topics by which an access list with one pattern for all
    devices lets each into its own. The alternative name is the client id.
    """

    site: str
    device: str

    purpose = ExtendedKeyUsageOID.CLIENT_AUTH

    @property
    def common_name(self) -> str:
        """As in the topics.

        Raises:
            CertificateError: It is too long for a certificate.
        """
        name = f"{self.site}/{self.device}"
        if len(name) > _LONGEST_NAME:
            raise CertificateError(
                f"{name} has {len(name)} characters, and a certificate's name may have {_LONGEST_NAME}: "
                "shorten site or device"
            )
        return name

    @property
    def alternatives(self) -> list[x509.GeneralName]:
        """The client id that an agent has by default."""
        return [x509.DNSName(f"edge-agent-{self.site}-{self.device}")]


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not _HOST.fullmatch(host):
        raise CertificateError(
            f"{host!r} is no name and no address of a host: write it as in broker.example or 10.0.0.7"
        )
    return x509.DNSName(host)
