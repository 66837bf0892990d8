"""Stories of work that can wait: it is done once for many questions, and ending it loses and hangs nothing."""

import random
import threading
import time

from sharing.jobs.deferred import Soon

ENDS_SECONDS = 20.0
"""How long a thousand endings may take on a busy machine."""


def test_many_questions_are_few_pieces_of_work() -> None:
    """Whatever is asked while the work waits is done with it."""
    done = threading.Event()
    turns: list[int] = []

    def work() -> None:
        turns.append(len(turns))
        done.set()

    soon = Soon("test", 0.05, work)
    for _ in range(100):
        soon.ask()
    assert done.wait(ENDS_SECONDS)
    asked_and_done = len(turns)
    assert asked_and_done < 100
    soon.close()
    assert len(turns) > asked_and_done, "whoever ends does what is left"


def test_it_ends_at_every_moment() -> None:
    """Also in the moment in which the helper has just waited long enough; the next question begins another helper."""
    waiting: list[int] = []
    seen: list[int] = []

    def work() -> None:
        while waiting:
            seen.append(waiting.pop())

    def begin_and_end() -> None:
        soon = Soon("test", 0.0005, work)
        for number in range(1000):
            waiting.append(number)
            soon.ask()
            time.sleep(random.random() * 0.001)
            soon.close()

    thread = threading.Thread(target=begin_and_end, daemon=True)
    thread.start()
    thread.join(ENDS_SECONDS)
    assert not thread.is_alive(), "expected each ending to end, found one that hangs"
    assert sorted(seen) == list(range(1000))
