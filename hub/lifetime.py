"""A door for the process itself: what a hub records when it starts and stops, and the jobs that it begins."""

from collections.abc import Callable

from hub.logs import get_logger
from hub.wiring import Hub
from models.vocabulary import Door
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.setup import hub_actor


def begin(hub: Hub, *, accept_clock: bool = False) -> None:
    """Note the clock and record the start."""
    _record(hub, Tag.HUB_START)


def end(hub: Hub) -> None:
    """Record the stop; a database that is gone by now must not turn a stop into a failure."""
    try:
        _record(hub, Tag.HUB_STOP)
    except Exception as error:
        get_logger().warning("stop_not_recorded", exc_info=error)
    finally:
        hub.close()


def jobs(hub: Hub) -> Callable[[], None]:
    """Start this process's jobs; the answer stops them."""
    return hub.close


def _record(hub: Hub, tag: Tag) -> None:
    from hub.cli import program_version  # noqa: PLC0415

    with hub.writing() as session:
        record(session, Event(tag, hub_actor(Door.COMMAND), decision={"version": program_version()}), hub.context())
