"""Operation: tell the poster of observables whose id claims to be deterministic and does not follow from them."""

from dataclasses import replace

from feeds.intake.posts import Post
from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.stix.facts import OBSERVABLE_TYPES
from feeds.stix.observable_ids import find_expected_id


def note_odd_ids(post: Post) -> Post:
    """Add a warning to each such object; a post without observables is not looked at twice."""
    if not any(each.new.type in OBSERVABLE_TYPES for each in post.candidates):
        return post
    candidates = []
    for each in post.candidates:
        expected = find_expected_id(post.objects[each.place].value) if each.new.type in OBSERVABLE_TYPES else None
        if expected is None:
            candidates.append(each)
            continue
        candidates.append(each.noting(because(Code.OTHER_ID, expected=expected)))
    return replace(post, candidates=tuple(candidates))
