"""A door outwards: asks witnesses for cosignatures, in parallel and never for long; compares with them at a start."""

import http.client
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from crypto.checkpoint import verify_checkpoint
from crypto.cosignature import Cosignature, parse_answer, verify_cosignatures
from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.tree_head import Checkpoint
from hub.log.door import log_keys_of
from hub.logs import get_logger
from hub.wiring import Hub
from hub.witness.asking import build_request, checkpoint_path, parse_size
from sharing.audit.checkpoints import list_shards
from sharing.audit.proofs import Prover
from sharing.audit.state import count_stored, load_log_head
from sharing.audit.tiles import Roots
from sharing.audit.witnesses import (
    Question,
    keep_cosignature,
    list_known,
    list_questions,
    make_proof,
    note_problem,
)
from sharing.trail.losses import list_declared

Item = TypeVar("Item")

TIMEOUT_SECONDS: Final = 1.0
"""A witness that does not answer within a second is asked again later."""

LARGEST_ANSWER: Final = 100_000
"""A cosignature has 200 bytes or 3.5 KB; a checkpoint with ten of them 36 KB."""

DEADLINE_SECONDS: Final = 3.0
"""Nor is one waited for that sends a byte now and then."""


_FORKED: Final = "it cosigned another tree of {size} entries: another hub signs under the same name"


class NoAnswer(Exception):
    """A witness did not cosign; the message says why, in words."""


class _OtherTree(Exception):
    """A witness knows another size than was thought."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(str(size))


class Collector:
    """Collects cosignatures for the newest checkpoints. Holds no transaction while it waits for anybody."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._roots = Roots()
        self._asking: dict[int, threading.Thread] = {}

    def collect(self) -> int:
        """Ask whoever has not cosigned yet; how many did."""
        now = self._hub.clock()
        with self._hub.reading() as session:
            questions = [each for each in list_questions(session, now) if not self._is_asked(each)]
        if not questions:
            return 0
        found: dict[Question, Cosignature | str] = {}
        threads = in_parallel(lambda each: found.__setitem__(each, self._ask(each)), questions)
        self._asking |= {each.witness_id: thread for each, thread in zip(questions, threads, strict=True)}
        answers = [found.get(each, "it did not answer in time") for each in questions]
        signed = 0
        with self._hub.units.database.writing() as session:
            for question, answer in zip(questions, answers, strict=True):
                if isinstance(answer, str):
                    note_problem(session, question, answer, now)
                else:
                    keep_cosignature(session, question, answer, now)
                    signed += 1
        for question, answer in zip(questions, answers, strict=True):
            if isinstance(answer, str):
                get_logger().warning("witness_did_not_sign", witness=question.name, why=answer)
        return signed

    def _is_asked(self, question: Question) -> bool:
        """Whether it still owes the answer to an earlier question."""
        thread = self._asking.get(question.witness_id)
        return thread is not None and thread.is_alive()

    def _ask(self, question: Question) -> Cosignature | str:
        try:
            try:
                return self._ask_once(question)
            except _OtherTree as other:
                question = replace(question, old=self._known_size(question, other.size))
                return self._ask_once(question)
        except _OtherTree as again:
            return _FORKED.format(size=again.size)
        except NoAnswer as error:
            return str(error)

    def _known_size(self, question: Question, size: int) -> int:
        if size > question.size:
            raise NoAnswer(
                f"it holds a larger tree ({size} entries) than this hub's ({question.size}): "
                "an older database was restored, or another hub signs under the same name"
            )
        if size == question.old:
            raise NoAnswer(_FORKED.format(size=size))
        return size

    def _ask_once(self, question: Question) -> Cosignature:
        with self._hub.reading() as session:
            proof = make_proof(session, question.shard, question.old, question.size, self._roots)
        status, answer = post(f"{question.url}/add-checkpoint", build_request(question.old, proof, question.note))
        if status == http.client.CONFLICT:
            raise _OtherTree(_size_in(answer))
        if status == http.client.UNPROCESSABLE_ENTITY:
            raise NoAnswer("it refuses: this tree does not go on from the one that it cosigned (422)")
        if status != http.client.OK:
            raise NoAnswer(f"it answered {status}: {_words(answer)}")
        text, _, _ = question.note.partition(b"\n\n")
        try:
            return parse_answer(answer, text + b"\n", question.key)
        except CryptoError as error:
            raise NoAnswer(f"its answer is no cosignature of its key: {error}") from error


def find_larger_trees(hub: Hub) -> list[str]:
    """What witnesses hold that this database does not, each with what to do; whoever is not reached holds nothing.

    Believed is only what carries the log's own signatures and the witness's: nobody can stop a hub with an invention.
    """
    return sorted(filter(None, {_compared(hub, name, held) for name, held in list_held(hub)}))


def list_held(hub: Hub) -> list[tuple[str, Checkpoint]]:
    """The checkpoints of the newest shards that witnesses hold, verified, with the names of the witnesses."""
    with hub.reading() as session:
        witnesses = list_known(session)
        head = load_log_head(session)
        shards = list_shards(session)[-2:]
    asked = [(name, url, key, f"{head.origin}/{shard}") for name, url, key in witnesses for shard in shards]
    found: list[tuple[str, Checkpoint]] = []
    in_parallel(lambda each: found.extend(_held(hub, *each)), asked)
    return found


def in_parallel(work: Callable[[Item], object], items: Sequence[Item]) -> list[threading.Thread]:
    """Do something for each at the same time, and wait for at most the deadline; who hangs is left behind."""
    threads = [threading.Thread(target=work, args=(each,), daemon=True) for each in items]
    for thread in threads:
        thread.start()
    until = time.monotonic() + DEADLINE_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return threads


def _held(hub: Hub, name: str, url: str, key: VerifyingKey, origin: str) -> list[tuple[str, Checkpoint]]:
    try:
        status, note = get(url + checkpoint_path(origin))
        if status != http.client.OK:
            return []
        held = verify_checkpoint(note, [each for each in log_keys_of(hub) if each.name == origin])
        return [(name, held)] if verify_cosignatures(note, [key]) else []
    except (NoAnswer, CryptoError) as error:
        get_logger().warning("witness_not_compared", witness=name, why=str(error))
        return []


def _compared(hub: Hub, name: str, held: Checkpoint) -> str | None:
    origin, size, root = held.origin, held.size, held.root
    shard = origin.rpartition("/")[2]
    with hub.reading() as session:
        stored = count_stored(session, shard)
        declared = list_declared(session).get(shard)
        if declared is not None and size <= declared.size and (size < declared.size or root == declared.root):
            return None  # two administrators have said that this is lost
        if size > stored:
            return (
                f"the witness {name} holds a signed tree of {size} entries of {origin}, this database only {stored}: "
                "an older backup was restored. Stop, and restore the newest backup. If entries are lost for good, "
                "two administrators declare it with `ceptoar-hub log recover`"
            )
        if size and Prover(session, shard, Roots()).root_of(0, size) != root:
            return (
                f"the witness {name} holds another tree of {size} entries of {origin} than this database: "
                "its history was changed, or another hub signs under the same name. Find out which; "
                "`ceptoar-hub log verify` names the first changed entry"
            )
    return None


def post(url: str, body: bytes) -> tuple[int, bytes]:
    """Send something to a witness.

    Raises:
        NoAnswer: it does not answer in time, or not in HTTP.
    """
    return _fetch(urllib.request.Request(url, body, {"Content-Type": "text/plain"}))  # noqa: S310 - checked when added


def get(url: str) -> tuple[int, bytes]:
    """Ask a witness for something.

    Raises:
        NoAnswer: it does not answer in time, or not in HTTP.
    """
    return _fetch(urllib.request.Request(url))  # noqa: S310 - checked when added


def _fetch(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked when added
            return answer.status, answer.read(LARGEST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(LARGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        slow = isinstance(reason, TimeoutError)
        raise NoAnswer("it did not answer within a second" if slow else f"it is not reached: {reason}") from error


def _size_in(answer: bytes) -> int:
    try:
        return parse_size(answer.decode("ascii", "replace").removesuffix("\n"))
    except CryptoError:
        raise NoAnswer("it answered 409 without its size") from None


def _words(answer: bytes) -> str:
    text = answer[:200].decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else " " for sign in text).strip() or "without a word"
