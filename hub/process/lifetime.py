"""A door for the process itself: what a hub does when it starts and stops, and the jobs that it begins."""

from collections.abc import Callable

from hub.keys.editions_key import introduce_editions_key
from hub.log.witness_client import find_larger_trees
from hub.logs import get_logger
from hub.scheduler import start_jobs
from hub.security.silent_senders import NOT_CUT, can_cut
from hub.version import program_version
from hub.wiring import Hub, NotReady
from models.vocabulary import Door
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.record import Event, record
from sharing.audit.state import accept_clock
from sharing.audit.tags import Tag
from sharing.errors import ClockLeap, Conflict
from sharing.setup import hub_actor


def begin(hub: Hub, *, whatever_clock: bool = False) -> None:
    """Note the clock and record the start.

    Raises:
        NotReady: the clock is so far ahead that it must be a mistake, or a witness holds more than the database.
    """
    meet_witnesses(hub)
    meet_clock(hub, whatever=whatever_clock)
    introduce(hub)
    if not can_cut():
        get_logger().warning("slow_clients_not_cut", why=NOT_CUT)
    _record(hub, Tag.HUB_START)


def end(hub: Hub) -> None:
    """Record the stop; a database that is gone by now must not turn a stop into a failure."""
    try:
        _record(hub, Tag.HUB_STOP)
        sign_off(hub)
    except Exception as error:
        get_logger().warning("stop_not_recorded", exc_info=error)
    finally:
        hub.close()


def meet_clock(hub: Hub, *, whatever: bool = False) -> None:
    """Believe the clock of a start, within reason: the hub may have been stopped for long.

    Raises:
        NotReady: the clock is so far ahead that it must be a mistake.
    """
    try:
        with hub.units.database.writing() as session:
            accept_clock(session, hub.units.now_us(session), whatever=whatever)
    except ClockLeap as error:
        hub.close()
        raise NotReady([str(error)]) from error


def meet_witnesses(hub: Hub) -> None:
    """Compare with what witnesses hold, before anything is written; one that is not reached does not stop a start.

    Raises:
        NotReady: a witness holds a larger or another tree than the database, as after an older backup was restored.
    """
    problems = find_larger_trees(hub)
    if problems:
        hub.close()
        raise NotReady(problems)


def introduce(hub: Hub) -> None:
    """Let the log tell of the key with which this hub signs editions, before it signs any."""
    try:
        with hub.writing() as session:
            problem = introduce_editions_key(session, hub.secrets.editions, hub.context())
    except Conflict as error:  # another process of this hub was quicker, or there are too many keys already
        problem = str(error)
    if problem:
        get_logger().warning("editions_key_not_introduced", why=problem)


def sign_off(hub: Hub) -> None:
    """Sign what has grown, at the end of a command or of a hub: nobody may be there to do it later."""
    with hub.units.database.writing() as session:
        publish_checkpoint(session, hub.secrets.log_signers, hub.clock(), at_once=True)


def jobs(hub: Hub) -> Callable[[], None]:
    """Start this process's jobs; the answer stops them."""
    stop = start_jobs(hub)

    def stop_and_close() -> None:
        stop()
        hub.close()

    return stop_and_close


def _record(hub: Hub, tag: Tag) -> None:
    with hub.writing() as session:
        record(session, Event(tag, hub_actor(Door.COMMAND), decision={"version": program_version()}), hub.context())
