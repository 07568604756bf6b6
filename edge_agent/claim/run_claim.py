"""Tries until the device has a certificate that is good for long enough."""

from __future__ import annotations

import logging
from collections.abc import Callable

from cryptography import x509

from edge_agent.claim.claim_plan import ClaimPlan
from edge_agent.claim.enrolment import enrol
from edge_agent.claim.standing import renewal_at
from edge_agent.clock import Clock
from edge_agent.errors import ClaimDelayed
from edge_agent.runtime.backoff import FullJitter

logger = logging.getLogger(__name__)

# Our own: ten thousand devices that were switched on together must not ask together, and an installer waits beside one.
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 300.0
# Our own: what waits has read its configuration and its token once, and must not outlive a correction of them by days.
WHOLE_S = 3600.0


def run_claim(plan: ClaimPlan, clock: Clock, backoff: FullJitter, pause: Callable[[float], None]) -> x509.Certificate:
    """Return once nothing is to be done for now, or give up after an hour: the timer begins anew.

    Args:
        plan: Of this device.
        clock: Tells whether the certificate is good.
        backoff: For a server that says nothing of when it wants to be asked again.
        pause: Waits so many seconds; may raise to end it all.

    Raises:
        ClaimRefused: The server says no.
        ClaimDelayed: An hour was not enough.
        ClaimError: Files or settings are wrong.
    """
    ends_at_s = clock.monotonic_s() + WHOLE_S
    while True:
        try:
            certificate = enrol(plan, clock)
        except ClaimDelayed as delayed:
            left_s = ends_at_s - clock.monotonic_s()
            if left_s <= 0.0:
                raise ClaimDelayed(
                    f"{delayed}; the timer, or `systemctl restart edge-agent-claim`, tries anew"
                ) from delayed
            jittered_s = backoff.next_s()
            wait_s = min(left_s, jittered_s if delayed.wait_s is None else delayed.wait_s)
            logger.warning("no certificate yet: %s; next try in %.0f s", delayed, wait_s)
            pause(wait_s)
        else:
            logger.info(
                "%s holds the certificate of %s, good until %s, to be renewed from %s on",
                plan.files.cert,
                certificate.subject.rfc4514_string(),
                f"{certificate.not_valid_after_utc:%Y-%m-%d}",
                f"{renewal_at(certificate):%Y-%m-%d}",
            )
            return certificate
