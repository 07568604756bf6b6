"""Which addresses the updater may ask, and where a server may send it on to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urljoin, urlsplit

from edge_agent.errors import TransferRefused, UpdateRefused
from edge_agent.update.reason import UpdateReason


def check_url(url: str, *, plain_http: bool) -> str:
    """The address, if it may be asked.

    TUF would notice a file that was changed on the way. Plain HTTP still tells everybody on the line which model a
    device runs and lets them hold updates back unseen, hence only the machine itself is asked so.

    Args:
        url: With scheme and host.
        plain_http: Whether ``http://`` is meant for other machines, too: for tests and development.

    Raises:
        UpdateRefused: It may not.
    """
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname, parts.scheme
    except ValueError as error:
        raise UpdateRefused(UpdateReason.NETWORK, f"{url!r} is no address: {error}") from error
    if not host or scheme not in ("http", "https"):
        raise UpdateRefused(UpdateReason.NETWORK, f"{url!r} is no address: write https://HOST/PATH")
    if scheme == "http" and not plain_http and not _is_loopback(host):
        raise UpdateRefused(UpdateReason.NETWORK, f"{url}: only https:// is asked, but for this machine itself")
    return url


def check_redirect(url: str, location: str | None, *, plain_http: bool) -> str:
    """Where a redirection leads, if it may be followed.

    Args:
        url: That was asked.
        location: The answer's ``Location``.
        plain_http: As for `check_url`.

    Raises:
        TransferRefused: It may not: no address, or one that leaves TLS.
    """
    if not location:
        raise TransferRefused(UpdateReason.NETWORK, f"{url}: redirects to nowhere")
    try:
        target = check_url(urljoin(url, location), plain_http=plain_http)
    except ValueError as error:
        raise TransferRefused(UpdateReason.NETWORK, f"{url}: redirects to {location!r}, which is no address") from error
    except UpdateRefused as error:
        raise TransferRefused(UpdateReason.NETWORK, f"{url}: leads elsewhere: {error}") from error
    if url.startswith("https:") and not target.startswith("https:"):
        raise TransferRefused(UpdateReason.NETWORK, f"{url}: redirects to {target}, which is not https")
    return target


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
