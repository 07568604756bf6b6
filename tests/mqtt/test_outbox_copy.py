"""A start on a disk that takes no writes: what was stored before is sent all the same."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from test_outbox import PLENTY, stored
from test_outbox_failures import complaint, fill, outbox_at

from edge_agent.clock import MediaClock
from edge_agent.errors import OutboxError
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.outbox import Outbox
from edge_agent.mqtt.receipts import Receipts

FULL, READ_ONLY = "full", "read-only"


def spoil(disk: Path, trouble: str) -> None:
    if trouble == FULL:
        with pytest.raises(OSError, match="No space"):
            fill(disk / "ballast")
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def cure(disk: Path, trouble: str) -> None:
    if trouble == FULL:
        (disk / "ballast").unlink()
    else:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


@pytest.mark.parametrize("trouble", [FULL, READ_ONLY])
@pytest.mark.parametrize("crashed", [True, False])
def test_what_was_stored_is_sent_once_after_a_start_on_a_disk_that_takes_nothing(
    tiny_disk: Path, tmp_path: Path, *, crashed: bool, trouble: str
) -> None:
    roomy, file = tmp_path / "outbox.sqlite", tiny_disk / "outbox.sqlite"
    before = outbox_at(roomy)
    before.open()
    for _ in range(4):
        stored(before)
    before.acknowledge([1])
    with before._file.transaction() as connection:
        connection.execute("UPDATE event SET payload = X'7B7D20' WHERE seq = 3")  # damaged: it holds nothing else up
    if not crashed:
        before.close()
    for part in tmp_path.glob("outbox.sqlite*"):
        if not part.name.endswith("-shm"):
            shutil.copy(part, tiny_disk / part.name)
    before.close()
    spoil(tiny_disk, trouble)
    clock = MediaClock()
    outbox = Outbox(file, OutboxSettings(), clock, "boot-1")
    complaint(outbox)
    assert [item.seq for item in outbox.pending(PLENTY)] == [2, 4]
    assert len(outbox.open_incidents()) == 4
    receipts = Receipts(outbox, clock)
    for seq in (2, 4):
        receipts.taken(seq)
    receipts.note(at_once=True)
    assert outbox.pending(PLENTY, receipts.seqs) == []
    cure(tiny_disk, trouble)
    clock.set(5.0)
    assert [item.seq for item in outbox.pending(PLENTY, receipts.seqs)] == []
    receipts.note()
    assert (receipts.seqs, outbox.storage.state, stored(outbox)) == (frozenset(), "ok", 5)
    assert [item.seq for item in outbox.pending(PLENTY)] == [5]
    outbox.close()


def test_a_damaged_outbox_is_not_read_from_a_copy(tiny_disk: Path) -> None:
    outbox = outbox_at(tiny_disk / "outbox.sqlite")
    outbox.open()
    stored(outbox)
    outbox.close()
    (tiny_disk / "outbox.sqlite").write_bytes(b"\xa5" * 8192)
    spoil(tiny_disk, FULL)
    outbox = outbox_at(tiny_disk / "outbox.sqlite")
    complaint(outbox)
    with pytest.raises(OutboxError):
        outbox.pending(PLENTY)
    outbox.close()
