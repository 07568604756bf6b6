"""Where an update stands, in the words that `systemctl status` shows."""

from __future__ import annotations

from edge_agent.update.journal import Entry
from edge_agent.update.reason import UpdateState

_WORDS = {
    UpdateState.IDLE: "no update is under way; the repository is looked at from time to time",
    UpdateState.CHECKING: "looking at the repository",
    UpdateState.QUEUED: "an update waits for its time",
    UpdateState.DOWNLOADING: "fetching an update",
    UpdateState.PAUSED: "paused by a command",
    UpdateState.VERIFYING: "hashing what was fetched",
    UpdateState.SELF_TEST: "trying the model in a child process",
    UpdateState.STAGED: "putting the model into the store",
    UpdateState.ACTIVATING: "the agent opens the model",
    UpdateState.TRIAL: "the model is on trial in the agent",
    UpdateState.COMMITTED: "the last update was kept; the repository is looked at from time to time",
    UpdateState.ROLLING_BACK: "going back to the model before",
    UpdateState.ROLLED_BACK: "the last update was taken back; the model before it watches",
    UpdateState.FAILED: "the last update failed; the model before it watches",
}


def state_to_words(entry: Entry) -> str:
    """One line for people, with the reason where there is one.

    Args:
        entry: The last of the journal.
    """
    reason = f": {entry.reason.value}" if entry.reason else ""
    text = f" ({entry.text})" if entry.text else ""
    return f"{_WORDS[entry.state]}{reason}{text}"
