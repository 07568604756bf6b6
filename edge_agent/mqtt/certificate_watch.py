"""Certificates that are about to expire: told in `health`, and in the log while there is time to renew them."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from pathlib import Path

from edge_agent.clock import Clock
from edge_agent.errors import BrokerError
from edge_agent.mqtt.broker_settings import TlsSettings
from edge_agent.mqtt.certificate_facts import CertificateFacts, read_certificates
from edge_agent.mqtt.payload import CertificatesHealth

logger = logging.getLogger(__name__)

_DAY_S = 86_400.0
# Our own: a month is time enough for a factory to renew a certificate by hand, also over a summer closure.
WARN_DAYS = 30.0
# Files are read again so often: a renewed one ends the warnings without a restart.
_LOOK_EVERY_S = 3600.0


class CertificateWatch:
    """Days that are left to this device's certificate, to its authority and to the broker's certificate.

    The publisher's thread sets `broker_expires_s`; one other thread calls.
    """

    def __init__(self, settings: TlsSettings | None, clock: Clock) -> None:
        self.broker_expires_s: float | None = None
        """Seconds since the Unix epoch, from the connection that was made last; None before."""
        self._settings = settings
        self._clock = clock
        self._device: CertificateFacts | None = None
        self._authority: CertificateFacts | None = None
        self._look_at_s = float("-inf")
        self._warn_at_s: dict[str, float] = {}

    def __call__(self) -> CertificatesHealth | None:
        """The days that are left; None without TLS. Warns once a day of each that has less than 30."""
        settings = self._settings
        if settings is None:
            return None
        self._look(settings)
        return CertificatesHealth(
            device_days=self._left("this device's certificate", settings.cert_file, self._device),
            authority_days=self._left("the broker's authority", settings.ca_file, self._authority),
            broker_days=self._days("the broker's certificate", self.broker_expires_s),
        )

    def _look(self, settings: TlsSettings) -> None:
        now_s = self._clock.monotonic_s()
        if now_s < self._look_at_s:
            return
        self._look_at_s = now_s + _LOOK_EVERY_S
        self._device = _first(settings.cert_file)
        self._authority = _last_to_expire(settings.ca_file)

    def _left(self, what: str, file: Path | None, facts: CertificateFacts | None) -> int | None:
        return self._days(f"{what} in {file}", facts.not_after_s) if facts else None

    def _days(self, what: str, expires_s: float | None) -> int | None:
        if expires_s is None:
            return None
        days = (expires_s - self._clock.wall_s()) / _DAY_S
        # A clock that nobody set may be years off; a broker that refuses us is told apart elsewhere.
        if days < WARN_DAYS and self._clock.synchronised():
            self._warn(what, expires_s, days)
        return int(days // 1)

    def _warn(self, what: str, expires_s: float, days: float) -> None:
        now_s = self._clock.monotonic_s()
        if now_s < self._warn_at_s.get(what, float("-inf")):
            return
        self._warn_at_s[what] = now_s + _DAY_S
        day = f"{datetime.fromtimestamp(expires_s, tz=timezone.utc):%Y-%m-%d}"
        if days < 0.0:
            logger.error("%s expired on %s: renew it; without it there is no connection to the broker", what, day)
        else:
            logger.warning("%s expires in %d days, on %s: renew it before", what, int(days), day)


def _first(file: Path | None) -> CertificateFacts | None:
    found = _read(file)
    return found[0] if found else None


def _last_to_expire(file: Path | None) -> CertificateFacts | None:
    """Of several authorities, as in a bundle or while one follows the other: as long as one is good, all is well."""
    return max(_read(file), key=lambda facts: facts.not_after_s, default=None)


def _read(file: Path | None) -> tuple[CertificateFacts, ...]:
    if file is None:
        return ()
    try:
        return read_certificates(file, "certificate")
    except BrokerError:
        return ()  # the publisher tells why it cannot be used
