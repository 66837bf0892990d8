"""Rule: definitions without a label of their own are held as widely as the widest object of their post that names them.

What nothing names is held as its collection holds what has no label, or refused where that takes nothing so strict.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from feeds.intake.posts import Candidate, Post, relabelled
from models.vocabulary import Label
from sharing.publishing.nouns import NewObject


def settle_definitions(post: Post) -> Post:
    """Give each definition of a post that has no label the one of what names it."""
    bare = [each for each in post.candidates if each.place in post.bare]
    if not bare:
        return post
    widest = _widest([each for each in post.candidates if each.place not in post.bare], bare)
    return _without_refused(
        replace(
            post,
            candidates=tuple(
                each._replace(new=relabelled(each.new, widest[each.new.stix_id]), notes=())
                if each.place in post.bare and each.new.stix_id in widest
                else each
                for each in post.candidates
            ),
        ),
        widest,
    )


def settle_again(post: Post, refused: frozenset[int] = frozenset()) -> Post:
    """The same once some of what names them was refused: held more strictly perhaps, never more widely.

    What stands at the places that are `refused` is still in the post, and names nothing.
    """
    bare = [each for each in post.candidates if each.place in post.bare and each.place not in refused]
    if not bare:
        return post
    naming = [each for each in post.candidates if each.place not in post.bare and each.place not in refused]
    widest = _widest(naming, bare)
    narrowed = tuple([_narrowed(each, post, widest) for each in post.candidates])
    return _without_refused(replace(post, candidates=narrowed), widest, refused)


@dataclass
class Settling:
    """A post that is settled once more where some of it turns out to contradict what was published before."""

    post: Post

    @property
    def objects(self) -> list[NewObject]:
        """All that goes out: the objects in their order, and behind them their redacted forms."""
        whole = [each.new for each in self.post.candidates]
        return [*whole, *(form for each in self.post.candidates for form in each.lesser)]

    def __call__(self, refused: frozenset[int]) -> list[NewObject]:
        """The objects again, given which of them are refused."""
        places = frozenset(each.place for at, each in enumerate(self.post.candidates) if at in refused)
        self.post = settle_again(self.post, places)
        return self.objects


def _narrowed(each: Candidate, post: Post, widest: Mapping[str, Label]) -> Candidate:
    if each.place not in post.bare:
        return each
    alone = post.bare[each.place]
    wanted = widest.get(each.new.stix_id, alone.label)
    label = Label.strictest(each.new.label, wanted)
    return each if label is each.new.label else each._replace(new=relabelled(each.new, label))


def _without_refused(post: Post, widest: Mapping[str, Label], known: frozenset[int] = frozenset()) -> Post:
    """Without those that nothing names and that the collection takes only beside what names them.

    Of what stands at the places that are `known` it is known already why it is refused.
    """
    refused = {
        each.place: refusal
        for each in post.candidates
        if each.place in post.bare
        and each.place not in known
        and (refusal := post.bare[each.place].refusal) is not None
        and each.new.stix_id not in widest
    }
    if not refused:
        return post
    kept = tuple(each for each in post.candidates if each.place not in refused)
    return replace(post, candidates=kept, refused={**post.refused, **refused})


def _widest(marked: Iterable[Candidate], bare: Iterable[Candidate]) -> dict[str, Label]:
    """The widest label at which each of the bare ones is named, perhaps by another that is named itself."""
    by_id: dict[str, list[Candidate]] = {}
    for each in bare:
        by_id.setdefault(each.new.stix_id, []).append(each)
    naming: dict[Label, list[Candidate]] = {}
    for each in marked:
        if each.new.definition_refs:
            naming.setdefault(each.new.label, []).append(each)
    found: dict[str, Label] = {}
    for label in sorted(naming, key=lambda each: each.rank):
        reached = naming[label]
        while reached:
            named = by_id.keys() & {name for each in reached for name in each.new.definition_refs} - found.keys()
            found |= dict.fromkeys(named, label)
            reached = [each for name in named for each in by_id[name]]
    return found
