"""A door: the jobs of a process. Each serve process may run them; the one that holds the lease does.

The clock of the jobs is only a bell: what is to be done stands in rows, so a late bell catches up. It takes
time and memory, so the others have none: they only look whether the holder fell silent.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from typing import Final

from hub.scheduler.ticks import Ticks
from hub.wiring import Hub

HEAD_START_SECONDS: Final = 0.3
"""The first requests of a process go first: loading the scheduler keeps a processor busy for a moment."""
SECOND: Final = 1
LEASE_SECONDS: Final = 8
"""How often the holder renews, and others look whether it fell silent."""
DUE_SECONDS: Final = 10
INDEX_SECONDS: Final = 2
"""How often the search looks for what machines posted."""
SCAN_SECONDS: Final = 3
"""How often the holder looks for files that wait for the scanner."""
MAIL_SECONDS: Final = 10
"""How often the holder looks for mails that are due; they are due at full minutes."""
FORGET_SECONDS: Final = 600
"""How often the holder forgets what is outdated; a thousand rows of each table at most."""
PEER_SECONDS: Final = 15
"""How often the holder looks whether a peer is to be asked or sent to; how often each is stands in its row."""


def start_jobs(hub: Hub) -> Callable[[], None]:
    """Start this process's jobs in the background; the answer stops them and lets go of the lease."""
    holder = f"{socket.gethostname()[:40]}/{os.getpid()}/{secrets.token_hex(4)}"
    ticks = Ticks(hub, holder)
    thread = threading.Thread(target=_start_bell, args=(ticks,), name="start-jobs", daemon=True)
    thread.start()
    return ticks.stop


def _start_bell(ticks: Ticks) -> None:
    """Import and start the scheduler where the jobs are to run, and after the first requests, not before them."""
    wait = HEAD_START_SECONDS
    while not ticks.holds:
        if ticks.stopped_within(wait):
            return
        ticks.lease()
        wait = LEASE_SECONDS
    from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415

    # A bell that rings while its work still goes on is passed over, as it should be; the library would warn again.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    bell = BackgroundScheduler(
        timezone="UTC", daemon=True, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    bell.add_job(ticks.lease, "interval", seconds=LEASE_SECONDS)
    bell.add_job(ticks.second, "interval", seconds=SECOND)
    bell.add_job(ticks.witnesses, "interval", seconds=SECOND)
    bell.add_job(ticks.due, "interval", seconds=DUE_SECONDS)
    bell.add_job(ticks.index, "interval", seconds=INDEX_SECONDS)
    bell.add_job(ticks.peers, "interval", seconds=PEER_SECONDS)
    bell.add_job(ticks.pushes, "interval", seconds=PEER_SECONDS)
    bell.add_job(ticks.mails, "interval", seconds=MAIL_SECONDS)
    bell.add_job(ticks.scans, "interval", seconds=SCAN_SECONDS)
    bell.add_job(ticks.forget, "interval", seconds=FORGET_SECONDS)
    if ticks.attach(bell):
        bell.start()
        ticks.due()
