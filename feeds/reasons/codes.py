"""Holds why something is refused, or taken with a word to its poster: each code with its sentence, and nowhere else.

A code is for ever: programs keep it, and `hub/translations` says each in Japanese. `%(name)s` is filled in by whoever
refuses; a slot may hold another code. Sentences of the form "expected …, found …" may be asked for both halves.
"""

from enum import Enum, unique


@unique
class Code(Enum):
    """A reason, or a part of one; the value is what machines are told, in English."""

    @property
    def word(self) -> str:
        """How programs spell it."""
        return self.name.lower().replace("_", "-")

    # What a whole request is answered.
    NOT_UNDERSTOOD = "The request could not be understood"
    KEY_NEEDED = "An API key is needed"
    NOT_ALLOWED = "This key does not allow it"
    NOTHING_HERE = "There is nothing here"
    OTHER_METHOD = "This address does not take that method"
    NOT_ACCEPTED = "Only application/taxii+json;version=2.1 is served here"
    CONTRADICTION = "This contradicts an earlier request"
    BODY_TOO_LARGE = "The body is too large"
    OTHER_BODY_TYPE = "The body is of a type that is not taken here"
    NO_ENVELOPE = "The body is not an envelope of STIX objects"
    TOO_MANY_REQUESTS = "Too many requests"
    FAILED = "Something failed inside the hub"
    NOT_NOW = "The hub cannot do this now; try again"

    # The door itself.
    WRITE_ONLY = "this collection can be written, not read"
    READ_ONLY = "this collection can be read, not written"
    LOGIN = "expected an API key, as Bearer or as the password of its holder's user name"
    ACCEPT = "expected Accept to take application/taxii+json;version=2.1"
    SOME_REFUSED = "%(refused)s of %(count)s objects were refused; the status says why of each"
    POST_NAME = "expected Idempotency-Key to be 1 to %(most)s printable characters"
    CONTENT_TYPE = "expected Content-Type application/taxii+json;version=2.1"
    CONTENT_ENCODING = "expected a body without Content-Encoding"
    TRANSFER_ENCODING = "expected a body that is sent as it is or chunked, found another Transfer-Encoding"
    CONTENT_LENGTH = "expected Content-Length to be a number of bytes"
    MOST_BYTES = "expected at most %(most)s bytes"
    BODY_SHORT = "expected the %(most)s bytes that were announced, found fewer"
    OTHER_NEXT = "a `next` that belongs to another question, or to nobody"

    # The query.
    MATCH_UNKNOWN = "expected one of %(names)s, added_after, limit, next, found %(name)s"
    MATCH_UNKNOWN_FILTER = (
        "expected one of %(names)s, a filter of the OASIS interoperability tests, added_after, limit, next,"
        " found %(name)s"
    )
    MATCH_MOST_FILTERS = "expected at most %(most)s filters on properties; ask in several requests, found %(count)s"
    MATCH_MOST_TOGETHER = (
        "expected at most %(most)s values in all filters on properties together; ask in several requests,"
        " found %(count)s"
    )
    QUERY_LONG = "expected at most %(most)s characters of query, found %(count)s"
    QUERY_PARAMETERS = "expected at most 100 parameters in UTF-8, found another query string"
    QUERY_TWICE = "expected each parameter once, found %(name)s several times"
    QUERY_TIME = "expected %(name)s to be a UTC time like 2026-04-01T09:30:00.000Z, found %(value)s"
    LIMIT = "expected limit to be a whole number from 1, found %(value)s"
    VALUES_EMPTY = "expected values between the commas of %(name)s, found an empty one"
    VALUES_BLANK = "expected values of %(name)s without blanks, commas alone between them, found a blank"
    VALUES_MOST = "expected at most %(most)s values of %(name)s, found %(count)s"
    VALUES_NUL = "expected %(name)s without the character U+0000, found U+0000"
    VALUES_TWICE = "expected each value of %(name)s once, found one of them twice"
    ALL_ALONE = "expected all alone in %(name)s, found all beside other values"
    SPEC_VERSION_VALUE = "expected %(name)s to be 2.0 or 2.1, found %(value)s"
    LABEL_VALUE = "expected %(name)s to be of %(values)s, found %(value)s"
    ONE_VALUE = "expected one value of %(name)s, found %(count)s"
    NUMBER_VALUE = "expected %(name)s to be a whole number, found %(value)s"

    # A body as a whole.
    BODY_OBJECT = "expected an object with `objects`, found %(kind)s"
    BODY_LIST = "expected `objects` to be a list, found %(kind)s"
    BODY_WITHOUT = "expected at least one object in `objects`, found no `objects`"
    BODY_EMPTY = "expected at least one object in `objects`, found an empty list"
    BODY_MOST = "expected at most %(most)s objects, found %(count)s"
    BODY_VALUE = "expected an object, found another value"
    SURROGATE = "expected text without lone surrogates, found half of a surrogate pair"
    UTF8 = "expected UTF-8, found other bytes at offset %(place)s"
    BYTE_ORDER = "expected UTF-8 without a byte order mark, found a byte order mark"
    KEY_TWICE = "expected each key once in an object, found a key that stands twice"
    NOT_FINITE = "expected a finite number, found %(what)s"
    LARGE_NUMBER = "expected a finite number, found one beyond the range of doubles"
    LONG_NUMBER = "expected whole numbers of at most 64 bits, found one of %(count)s digits"
    JSON = "expected JSON, found %(fault)s at character %(place)s"
    DEPTH = "expected at most %(most)s levels of nesting, found more"

    # One object: its JSON and its form.
    OBJECT_KIND = "expected a STIX object, found %(kind)s"
    OBJECT_BYTES = "expected at most %(most)s bytes, found %(count)s bytes"
    OBJECT_NUL = "expected text without the character U+0000, found U+0000"
    FORM = "%(at)s: expected %(expected)s, found %(found)s"
    MISSING = "%(at)s: expected this property, found nothing"
    MORE_PROBLEMS = "and %(count)s more"
    WARNED = "accepted with warnings: %(problems)s"
    TOO_LONG = "%(at)s: expected at most %(most)s characters, found %(count)s"
    PATTERN = "warning: /pattern: %(fault)s"
    PATTERN_LONG = "expected at most %(most)s characters, found %(count)s"
    PATTERN_FAULT = "expected %(expected)s at character %(place)s, found %(found)s"
    OTHER_ID = "warning: /id: expected %(expected)s, which follows from the object, found another UUID of version 5"

    # One object: what the collection takes, and at which label.
    OTHER_TYPE = "/type: expected one of %(types)s, found %(found)s"
    EXERCISE = "expected no exercise (訓練) in a live collection, found one"
    TOO_STRICT = "/object_marking_refs: expected at most %(highest)s in this collection, found %(found)s"
    TOO_STRICT_SINCE = (
        "/object_marking_refs: expected at most %(highest)s in this collection, found %(found)s (%(why)s)"
    )
    UNKNOWN_MARKING = "unknown marking: kept as %(label)s, read by you and your secretariat only"
    UNKNOWN_BESIDE = "an unknown marking stands beside the label: who reads it follows from %(label)s alone"
    DEFAULT_LABEL = "no TLP marking: the collection's default %(label)s applies"
    NO_MARKING = "no TLP marking: kept as %(label)s, read by you and your secretariat only"
    OLD_LABEL = "TLP 1.0 %(name)s read as %(label)s"
    SEVERAL_LABELS = "several labels (%(labels)s): the strictest applies, %(label)s"
    GRANULAR = "granular markings: the whole object is held at %(label)s, the strictest of all"
    ONLY_WHOLE = "without its marked parts it would say nothing: it goes out whole only"
    FORMS_WITHHELD = "without its stricter parts it would tell of something stricter: it goes out whole only (%(why)s)"
    FORMS_ENDED = (
        "the form without its stricter parts that went out at %(labels)s ends: its readers are told that it is revoked"
    )
    WIDER_BEFORE = (
        "an earlier version went out at %(label)s: whoever has it keeps it, and is told nothing of this one; so that it"
        " is used no more, post it revoked at that label, and what is stricter under another id"
    )
    LESSER_FORMS = "without its stricter parts it goes out at %(labels)s too, under another id"

    # One object: what else is there.
    OTHER_CREATOR = "/created_by_ref: expected the creator of the earlier versions, found another"
    OTHER_CONTENT = "/modified: expected a new version for new content, found a version that was posted before"
    REPORT_EDITION = "/id: expected an object of your own, found a report's edition: use the report"
    REPEATED = "posted before; nothing was changed"
    GRANTED_AGAIN = "posted before; it has entered this collection with this post"
    REFERENCES = (
        "expected references to nothing stricter than %(label)s, found %(named)s:"
        " raise this object's label or drop the reference"
    )
    REFERENCES_MORE = (
        "expected references to nothing stricter than %(label)s, found %(named)s and %(more)s more:"
        " raise this object's label or drop the reference"
    )
    REFERENCES_MANY = (
        "expected a post to name at most %(most)s objects, each of which is held against what is stricter, found more:"
        " send this object again in a smaller post, or let it name fewer"
    )
    WARNING = "warning: %(problem)s"
    TEXT_NAMES = "warning: a text names %(named)s, stricter than %(label)s"
    AT_LABEL = "%(what)s at %(label)s"
    TITLE_QUOTED = "warning: a text quotes the title of a report at %(found)s, stricter than %(label)s"

    # Signatures.
    SIGNATURE = "signature: %(fault)s"
    SIGNATURE_NEEDED = "expected a signature of this version in the same post, found none"
    SIGNATURE_TWICE = "expected one signature of a version in a post, found another"
    SIGNATURE_ALONE = "expected its object in the same post, accepted, or posted before by you; found none"
    SIGNATURE_CARRIED = "passed on as it came, not checked here: you have registered no such key"
    SIGNATURE_ID = "/id: expected the id that follows from related_to and related_version, found another"
    SIGNATURE_HASH = "/hash_algorithm: expected %(algorithm)s, found another"
    SIGNATURE_ALGORITHM = "/algorithm: expected %(algorithm)s, found another"
    SIGNATURE_TEXT = "/%(name)s: expected a text, found another or none"
    SIGNATURE_BASE64 = "/value: expected standard base64, found another"
    SIGNATURE_FORM = "%(fault)s"
    OTHER_KEY = "expected a signature by a key of yours that is in force, found another"
    OTHER_SIGNED = "expected the content that was signed, found another"
    TWO_MEANINGS = "expected JSON with one meaning in what is signed: %(fault)s"
    MANIFEST = "manifest: %(fault)s"
    MANIFEST_OBJECT = "/manifest: expected an object, found none"
    MANIFEST_NEEDED = "expected a signed manifest of the post, found none"
    MANIFEST_TWICE = "expected one manifest in a post, found another"
    MANIFEST_AUDIENCE = "expected one for %(audience)s, found one for another"
    MANIFEST_TIME = "expected one signed within %(days)s days, found %(at)s"
    MANIFEST_AGAIN = "expected a submission that is new, found one that was received before: sign it anew"
    MANIFEST_OTHERS = (
        "manifest: expected exactly the %(count)s objects that it lists, found %(dropped)s of them missing"
        " and %(added)s others"
    )
    MANIFEST_KEPT = "the manifest fits the post; it is kept with the submission and passed on to nobody"

    # What a peer sent.
    NO_RULE = "No rule lets this peer's objects on by themselves"
    NO_LABEL = "It carries no TLP label that this hub knows"
    TYPE_WAITS = "Objects of this type do not go on by themselves"
    PERSON_WAITS = "Only coordinators of CEPTOARs post in this collection: one of them lets it on"
    LABEL_WAITS = "It is %(label)s, and only %(let_on)s and wider go on by themselves"
    PEER_HIGHEST = "expected at most %(highest)s in this collection, found %(found)s"
    LET_ON = "let on"

    # A round with another server: what happened, and what to do.
    NO_ANSWER = "The server did not answer (%(what)s). Check the address, and whether it can be reached from here."
    HALF_ANSWER = "The connection ended in the middle of an answer (%(what)s). Nothing is lost: it goes on from there."
    OTHER_NETWORK = (
        "The address leads to a network that this hub may not speak to. The setting peer_networks names others."
    )
    REDIRECT = "The server redirects to another address, which is not followed. Give the address that it leads to."
    LET_IN = "The server does not take the key (401): it is wrong, or has ended."
    MAY_READ = "The key does not allow this there (403). Ask whoever runs the server."
    NO_COLLECTION = "There is no such collection there, or the key does not show it (404). Check the address."
    OTHER_VERSION = "The server speaks another version than TAXII 2.1 (406)."
    SLOWER = "The server asks for fewer requests (429). It is asked less often by itself."
    OTHER_STATUS = "The server answered with %(status)s. It is tried again by itself."
    ANSWER_BYTES = (
        "An answer was too large: at most %(most)s bytes are taken. Ask whoever runs the server for smaller pages."
    )
    ANSWER_SECONDS = "An answer took longer than %(most)s seconds. It is tried again by itself."
    ANSWER_TYPE = "What came is %(found)s, not application/taxii+json. Check that the address is one of TAXII 2.1."
    ANSWER_JSON = "What came is no JSON. Check that the address is that of a collection of TAXII 2.1."
    ANSWER_OBJECT = "What came is no object. Check that the address is that of a collection of TAXII 2.1."
    ANSWER_ENVELOPE = "What came is no envelope. Check that the address is that of a collection of TAXII 2.1."
    ANSWER_NEXT = "The server gave a place for the next page of more than %(most)s characters, which is not kept."
    NO_WAY_ON = (
        "The server says that more follows, and gives no way to it that leads on: what lies behind is not read. "
        "Tell whoever runs it."
    )
    DATE_AHEAD = (
        "The server says that something was added in the future (X-TAXII-Date-Added-Last): that is not kept as the "
        "place, or what it adds until then would be missed. Tell whoever runs it."
    )
    WAITING_FULL = "%(count)s objects wait for a decision; nothing more is read before some of them are decided on."
    REFUSED_IN_A_ROW = (
        "The server refused %(count)s objects in a row (%(status)s); it is asked less often until it takes one."
    )
    MAY_NOT_READ = "The organization may not read this collection any more, so nothing is sent."
    NOT_AGREED = "The organization has to agree to the address first."
    NO_PLACE = "Nothing was read to its end with a date yet, so there is no place up to which to check."
    OTHER_SEAL = "The key was sealed by another hub than this one. Add the server again."
    THEIR_WORDS = "%(status)s: %(said)s"
    THEIR_STATUS = "%(status)s"
    NO_WORDS = "no reason"

    # Between reasons, and between the names in one.
    AND_THEN = "; "
    AND_ALSO = ", "

    # Parts: what was found.
    AN_OBJECT = "an object"
    A_LIST = "a list"
    A_TEXT = "a text"
    A_WHOLE_NUMBER = "a whole number"
    A_NUMBER = "a number"
    A_BOOLEAN = "true or false"
    A_NULL = "null"
    SOMETHING_ELSE = "something else"
    NOTHING = "nothing"
    EMPTY = "empty"
    LONG_TEXT = "a text of %(count)s characters"
    ANOTHER_TYPE = "another type"
    A_BUNDLE = "a bundle within an envelope"
    EARLIER_TIME = "an earlier time"
    SAME_TIME = "the same time"
    NONE_OF_THEM = "none of them"
    SEVERAL_OF_THEM = "several of them"
    BOTH_OF_THEM = "both"
    LEADS_NOWHERE = "one that leads nowhere"
    OTHER_DEFINITION = "another one under its id"
    NO_MEDIA_TYPE = "no media type"
    THE_END = "the end"
    THE_OBJECT = "(object)"

    # Parts: what a property should have been.
    ALLOWED_NAMES = "property names that STIX allows"
    OF_TYPE = "a value of type %(types)s"
    ONE_OF_VALUES = "one of %(values)s"
    NOT_EMPTY = "not empty"
    AT_LEAST = "at least %(limit)s"
    AT_MOST = "at most %(limit)s"
    MORE_CHARACTERS = "at least %(limit)s characters"
    FEWER_CHARACTERS = "at most %(limit)s characters"
    A_TIME = "a UTC time like 2026-04-01T09:30:00Z"
    A_VERSION_TIME = "a UTC time with at least milliseconds, like 2026-04-01T09:30:00.000Z"
    EVEN_HEX = "an even number of hexadecimal digits"
    A_BASE64 = "base64"
    A_SELECTOR = "a selector of a granular marking"
    AN_ID = "an id like %(prefix)s<UUID>"
    ID_OF_TYPES = "the id of an object of type %(types)s"
    ID_OF_OTHERS = "the id of an object of another type than %(types)s"
    IPV4 = "an IPv4 address or network"
    IPV6 = "an IPv6 address or network"
    MAC = "a MAC address in small letters with colons"
    SMALL_LETTERS = "small letters, digits and hyphens"
    A_HASH = "a hash value as its algorithm writes it"
    ITS_FORM = "text of the form that the specification demands"
    ANY_OF = "at least one of %(names)s"
    EXACTLY_ONE_OF = "exactly one of %(names)s"
    BESIDE = "%(names)s beside %(name)s"
    NO_BODY = "no body where is_multipart is true"
    NO_BODY_MULTIPART = "no body_multipart where is_multipart is false"
    NO_END = "no end where is_active is true"
    HEADER_FIELDS = "additional header fields with a text each, or a list of texts where one occurs several times"
    TOPLEVEL_ONLY = "extension_properties only with toplevel-property-extension"
    FAMILY_NAME = "a name where is_family is true"
    A_DEFINITION = "the definition of a statement or one of the four published TLP 1.0 markings"
    SOCKET_OPTIONS = "options named like socket options, with whole numbers"
    WHOLE_HIVE = "a registry key with its hive written out, such as HKEY_LOCAL_MACHINE"
    THE_SPECIFICATION = "what the specification demands"
    TYPE_NAME = "the name of a STIX type"
    SPEC_VERSIONS = "2.0 or 2.1"
    ID_WITH_TYPE = "an id that starts with the type of the object"
    STIX_OBJECT = "a STIX object"
    KNOWN_TYPE = "a type of STIX, x-…, or one with the extension that defines it"
    NOT_BEFORE = "not before %(name)s"
    AFTER = "after %(name)s"
    LEADING_SELECTOR = "a selector that leads to something in this object"
    PUBLISHED_DEFINITION = "the published definition of this label"

    # Parts: what a pattern should have gone on with.
    END_OR_MORE = "the end, AND, OR, FOLLOWEDBY or a qualifier"
    MOST_BRACKETS = "at most %(most)s brackets within each other"
    A_BRACKET = "[ or ("
    SECONDS = "a number of seconds"
    HOW_OFTEN = "how many times"
    PATTERN_TIME = "a time, t'…Z'"
    ORDERED = "a number, text or time"
    QUOTED = "a text in single quotes"
    COMPARISON = "a comparison such as = or IN"
    LITERAL = "a number, text, time, true or false"
    OBJECT_TYPE = "a type such as ipv4-addr"
    PROPERTY_NAME = "the name of a property"
    LIST_PLACE = "a place in a list, or *"


BY_WORD = {code.word: code for code in Code}
