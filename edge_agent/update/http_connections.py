"""urllib3 as the updater wants it: connections that can be cut, proxies from the environment, our own TLS trust."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path
from socket import socket
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from edge_agent.update.cut_off import CutOff

_current = threading.local()


class _CutConnection(HTTPConnection):
    def _new_conn(self) -> socket:
        connection = super()._new_conn()
        _hold(connection)
        return connection


class _CutTlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket:
        connection = super()._new_conn()
        _hold(connection)
        return connection


class _Pool(HTTPConnectionPool):
    ConnectionCls = _CutConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _CutTlsConnection


def connections(url: str, ca_file: Path | None, cut_off: CutOff) -> urllib3.PoolManager:
    """What asks an address: for one request of this thread.

    ``https_proxy``, ``http_proxy`` and ``no_proxy`` count as everywhere; the machine itself is never asked through a
    proxy.

    Args:
        url: The address.
        ca_file: Whom to trust for TLS; the system's authorities where None.
        cut_off: Gets every connection that is opened.

    Raises:
        OSError: The file of authorities cannot be read.
        ValueError: The proxy's address is none.
    """
    _current.cut_off = cut_off
    proxy = _proxy(url)
    encrypted = any(each and each.startswith("https:") for each in (url, proxy))
    tls = ssl.create_default_context(cafile=str(ca_file) if ca_file else None) if encrypted else None
    manager: urllib3.PoolManager
    if proxy:
        parts = urlsplit(proxy)
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        headers = urllib3.make_headers(proxy_basic_auth=login) if login else None
        manager = urllib3.ProxyManager(proxy, proxy_headers=headers, ssl_context=tls)
    else:
        manager = urllib3.PoolManager(ssl_context=tls)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager


def _proxy(url: str) -> str | None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == "localhost" or host.startswith("127.") or host == "::1" or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _hold(connection: socket) -> None:
    cut_off: CutOff | None = getattr(_current, "cut_off", None)
    if cut_off is not None:
        cut_off.hold(connection)
