"""Times of the session with the broker."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.mqtt import channels


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of the session, in seconds (design, section 7).

    Attributes:
        status_every_s: Between two refreshes of the status.
        status_expiry_s: After which the broker forgets a status that was not refreshed.
        will_delay_s: After which the broker announces that we are gone.
        session_s: For which the broker keeps our session.
        connack_s: For which we wait for a CONNACK.
        leave_s: For which we take leave.
        unheard_s: After a connect, for which an event that found no subscriber is sent again: a broker that lost its
            sessions has forgotten them until they come back.
        suspect_s: For which an event that ended a connection waits; twice as long after each further one.
        suspect_max_s: It never waits longer, since it may be an alarm.
        alone_s: For which others wait behind a suspect; a broker that bore it for so long will not end over it.
    """

    status_every_s: float = 30.0
    status_expiry_s: int = channels.STATUS_EXPIRY_S
    will_delay_s: int = 10
    session_s: int = 60
    connack_s: float = 10.0
    leave_s: float = 1.5
    unheard_s: float = 30.0
    suspect_s: float = 10.0
    suspect_max_s: float = 60.0
    alone_s: float = 10.0
