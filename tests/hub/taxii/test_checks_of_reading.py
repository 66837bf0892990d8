"""The checks of TAXII 2.1, by number: reading, its order, filters and pages, on both databases over real sockets."""

from __future__ import annotations

from uuid import uuid4

import pytest

from feeds.stix.markings import TLP2_IDS, tlp_marking_definition
from models.vocabulary import Label
from tests.hub.taxii.conftest import ROOT, Client, Door, indicator
from tests.hub.taxii.tools import ids, manifest_of, objects_of


def test_t21_t24_t31_order_dates_and_headers(door: Door):
    """T-21, T-24, T-31: ascending; times in UTC with microseconds; headers equal to first and last of the manifest."""
    where = door.collection("Dates", default_label=Label.GREEN)
    door.poster.add(where, *[indicator() for _ in range(5)])
    answer = door.poster.get(manifest_of(where))
    dates = [each["date_added"] for each in answer.json()["objects"]]
    assert dates == sorted(set(dates))
    assert all(len(date) == 27 and date.endswith("Z") for date in dates)
    objects = door.poster.get(objects_of(where))
    for each in (answer, objects):
        assert each.headers["X-TAXII-Date-Added-First"] == dates[0]
        assert each.headers["X-TAXII-Date-Added-Last"] == dates[-1]
    one = ids(objects)[3]
    for path in (f"{objects_of(where)}{one}/", f"{objects_of(where)}{one}/versions/"):
        single = door.poster.get(path)
        assert {single.headers[f"X-TAXII-Date-Added-{end}"] for end in ("First", "Last")} == {dates[3]}
    after = door.poster.get(objects_of(where), params={"added_after": dates[2]})
    assert ids(after) == ids(objects)[3:]


def test_t22_t40_parameters_twice(door: Door):
    """T-22, T-40: which of the two would be meant?"""
    for query in (
        "added_after=2026-01-01T00:00:00Z&added_after=2026-01-02T00:00:00Z",
        "limit=1&limit=2",
        "match[type]=a&match[type]=b",
        "match[type]=a&match%5Btype%5D=b",
    ):
        assert door.poster.get(objects_of(door.open) + "?" + query).status_code == 400


@pytest.mark.parametrize("text_", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.123456789Z"])
def test_t23_times_with_any_fraction(door: Door, text_: str):
    """T-23: taxii2-client strips trailing zeros; more than six digits are cut."""
    assert door.poster.get(objects_of(door.open), params={"added_after": text_}).status_code == 200


@pytest.mark.parametrize(
    "text_",
    ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+09:00", "2026-13-01T00:00:00Z", "", "1"],
)
def test_t23_times_without_zone_or_sense(door: Door, text_: str):
    """T-23: 400, never a guess."""
    for path in (objects_of(door.open), manifest_of(door.open)):
        assert door.poster.get(path, params={"added_after": text_}).status_code == 400


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "", "1.5", "１", "9" * 30])
def test_t25_bad_limits(door: Door, limit: str):
    """T-25."""
    assert door.poster.get(objects_of(door.open), params={"limit": limit}).status_code == 400


@pytest.mark.parametrize("limit", ["0001", str(2**31 - 1), str(2**63 - 1)])
def test_t25_large_limits_mean_all(door: Door, limit: str):
    """T-25: the largest numbers that clients know were refused as if they were no numbers from 1."""
    assert door.poster.get(objects_of(door.open), params={"limit": limit}).status_code == 200


def test_t25_t26_limits_and_more(door: Door):
    """T-25, T-26: never exceeded, `more` exactly when there is more."""
    where = door.collection("Limits", default_label=Label.GREEN)
    door.poster.add(where, *[indicator() for _ in range(4)])
    for limit, more in ((3, True), (4, False), (1_000_000, False)):
        page = door.poster.get(objects_of(where), params={"limit": limit}).json()
        assert len(page["objects"]) == min(limit, 4)
        assert page.get("more", False) is more
        assert ("next" in page) is more


@pytest.mark.parametrize("what", ["objects", "manifest"])
@pytest.mark.parametrize("keep", [True, False])
def test_t26_t27_t30_each_exactly_once(door: Door, what: str, keep: bool):
    """T-26, T-27, T-30: pages of 7 of one post, versions at the edges, with `limit` and filters repeated or dropped."""
    where = door.collection("Once", default_label=Label.GREEN)
    posted = [indicator() for _ in range(40)]
    newer = [{**each, "modified": "2026-11-02T00:00:00.000Z"} for each in posted[:5]]
    door.poster.add(where, *posted, *newer)
    query = {"limit": 7, "match[version]": "all", "added_after": "2026-01-01T00:00:00Z"}
    found = [
        (each["id"], each.get("version", each.get("modified")))
        for page in door.poster.pages(f"collections/{where}/{what}/", keep=keep, **query)
        for each in page.json()["objects"]
    ]
    assert sorted(found) == sorted((each["id"], each["modified"]) for each in [*posted, *newer])


def test_t26_versions_have_next_too(door: Door):
    """T-26: `as_pages` would loop for ever."""
    one = indicator()
    versions = [{**one, "modified": f"2026-11-{day:02}T00:00:00.000Z"} for day in range(1, 8)]
    door.poster.add(door.open, *versions)
    path = f"{objects_of(door.open)}{one['id']}/versions/"
    found = [each for page in door.poster.pages(path, limit=2) for each in page.json()["versions"]]
    assert found == [each["modified"] for each in versions]


def test_t28_the_same_next_gives_the_same_page(door: Door):
    """T-28: a lost answer is asked for again; also from another worker, and after more was posted."""
    where = door.collection("Retry", default_label=Label.GREEN)
    door.poster.add(where, *[indicator() for _ in range(6)])
    token = door.poster.get(objects_of(where), params={"limit": 2}).json()["next"]
    first = door.poster.get(objects_of(where), params={"next": token})
    door.poster.add(where, indicator())
    fresh = [Client(door.hub.url, door.poster.key).get(objects_of(where), params={"next": token}) for _ in range(4)]
    assert {each.content for each in fresh} == {first.content}


def test_t29_a_foreign_next(door: Door):
    """T-29: changed, from another collection or user, or beside other filters: 400, never data."""
    where = door.collection("Foreign", default_label=Label.GREEN)
    door.poster.add(where, *[indicator() for _ in range(6)])
    token = door.poster.get(objects_of(where), params={"limit": 2}).json()["next"]
    changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    asked = [
        door.poster.get(objects_of(where), params={"next": changed}),
        door.poster.get(objects_of(where), params={"next": "x"}),
        door.poster.get(objects_of(where), params={"next": ""}),
        door.poster.get(objects_of(door.open), params={"next": token}),
        door.other.get(objects_of(where), params={"next": token}),
        door.poster.get(objects_of(where), params={"next": token, "match[type]": "report"}),
        door.poster.get(objects_of(where), params={"next": token, "added_after": "2026-01-01T00:00:00Z"}),
    ]
    assert {each.status_code for each in asked} == {400}


def test_t27_values_repeated_in_another_order(door: Door):
    """T-27: a set of types is written in any order; the same filters beside `next` were taken for others."""
    where = door.collection("Order", default_label=Label.GREEN)
    door.poster.add(where, *[indicator() for _ in range(3)])
    asked = {"limit": 2, "match[type]": "indicator,report", "match[version]": "first,last"}
    token = door.poster.get(objects_of(where), params=asked).json()["next"]
    turned = {"next": token, "match[type]": "report,indicator", "match[version]": "last,first"}
    assert len(door.poster.get(objects_of(where), params=turned).json()["objects"]) == 1


def test_t31_headers_of_nothing(door: Door):
    """T-31: an empty answer tells no time at all, neither a global one nor `undefined`."""
    answer = door.poster.get(objects_of(door.open), params={"added_after": "2099-01-01T00:00:00Z"})
    assert answer.content == b"{}"
    assert not [name for name in answer.headers if name.lower().startswith("x-taxii")]


def test_t34_t38_ids_and_types(door: Door):
    """T-34, T-38: commas are or, fields are and, an unknown type is an empty answer."""
    where = door.collection("Types", default_label=Label.GREEN)
    malware = {
        "type": "malware",
        "spec_version": "2.1",
        "id": f"malware--{uuid4()}",
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-01T00:00:00.000Z",
        "name": "x",
        "is_family": False,
    }
    one, two = indicator(), indicator()
    door.poster.add(where, one, two, malware)

    def match(**fields: str) -> list[str]:
        return ids(door.poster.get(objects_of(where), params={f"match[{name}]": v for name, v in fields.items()}))

    assert match(id=f"{one['id']},{malware['id']}") == [one["id"], malware["id"]]
    assert match(type="indicator") == [one["id"], two["id"]]
    assert match(type="indicator,malware", id=malware["id"]) == [malware["id"]]
    assert match(type="malware", id=one["id"]) == []
    assert match(type="x-unheard-of") == []
    assert match(spec_version="2.0") == []
    assert match(spec_version="2.0,2.1", type="malware") == [malware["id"]]


def test_t38_an_unknown_match_field(door: Door):
    """T-38: refused, since whoever filters would take an unfiltered answer for a filtered one; other words pass."""
    for name in ("match[colour]", "Match[id]", "MATCH[type]", "match", "match.id", "match(id)", "match[]", "match[id"):
        for path in (objects_of(door.open), manifest_of(door.open), f"collections/{door.open}/x_tally/"):
            assert door.poster.get(path, params={name: "red"}).status_code == 400, name
    assert door.poster.get(objects_of(door.open), params={"colour": "red"}).status_code == 200


def test_t35_versions(door: Door):
    """T-35: the last by default; first, last, all, exact ones and lists."""
    where = door.collection("Versions", default_label=Label.GREEN)
    one = indicator()
    days = ["2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z", "2026-11-03T00:00:00.000Z"]
    door.poster.add(where, *[{**one, "modified": day} for day in days])

    def match(version: str | None) -> list[str]:
        params = {} if version is None else {"match[version]": version}
        return [each["modified"] for each in door.poster.get(objects_of(where), params=params).json()["objects"]]

    assert match(None) == match("last") == days[2:]
    assert match("first") == days[:1]
    assert match("all") == days
    assert match("first,last") == [days[0], days[2]]
    assert match("2026-11-02T00:00:00Z") == [days[1]]
    assert match(f"first,{days[1]}") == days[:2]


@pytest.mark.parametrize("day", ["0001-01-01T00:00:00.000Z", "1960-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_t35_a_version_from_before_the_epoch(door: Door, day: str):
    """T-35: every time that an object may have names its version; those before 1970 were taken for 1970."""
    one = indicator(created=day, modified=day)
    door.poster.add(door.open, one)
    path = f"{objects_of(door.open)}{one['id']}/"
    assert door.poster.get(path, params={"match[version]": day}).json() == {"objects": [one]}
    assert door.poster.ask("DELETE", ROOT + path, params={"match[version]": day}).status_code == 200
    assert door.poster.get(path).status_code == 404


@pytest.mark.parametrize(
    "version",
    [
        "all,last", "last,last", "newest", "", "2026-11-02", "all,all",
        "2026-11-02T00:00:00Z,2026-11-02T00:00:00.000Z",
    ],
)  # fmt: skip
def test_t35_bad_versions(door: Door, version: str):
    """T-35: `all` with anything else, twice the same, and what is no version."""
    assert door.poster.get(objects_of(door.open), params={"match[version]": version}).status_code == 400


def test_t36_stix_2_0_is_taken_and_served(door: Door):
    """T-36: an object of 2.0 stays one: found by its version of the specification, named so in the manifest."""
    where = door.collection("Both versions", default_label=Label.GREEN, lenient=True)
    old = {key: each for key, each in indicator(labels=["malicious-activity"]).items() if key != "spec_version"}
    old = {key: each for key, each in old.items() if key != "pattern_type"}
    new = indicator()
    door.poster.add(where, old, new)

    def match(version: str | None) -> list[str]:
        params = {} if version is None else {"match[spec_version]": version}
        found = ids(door.poster.get(objects_of(where), params=params))
        assert ids(door.poster.get(manifest_of(where), params=params)) == found
        return found

    assert match("2.0") == [old["id"]]
    assert match("2.1") == [new["id"]]
    assert match("2.0,2.1") == match(None) == [old["id"], new["id"]]
    records = door.poster.get(manifest_of(where)).json()["objects"]
    assert [each["media_type"][-3:] for each in records] == ["2.0", "2.1"]
    assert door.poster.get(objects_of(where), params={"match[spec_version]": "2.0"}).json()["objects"] == [old]
    assert door.poster.get(objects_of(where), params={"match[spec_version]": "3.0"}).status_code == 400


def test_t36_the_last_of_a_specification(door: Door):
    """T-36 with T-35: who reads 2.0 alone got nothing of what its publisher went on with in 2.1, and vice versa."""
    where = door.collection("Both specifications", default_label=Label.GREEN, lenient=True)
    one = indicator(name="1")
    old = {key: value for key, value in one.items() if key not in {"spec_version", "pattern_type"}}
    old |= {"labels": ["malicious-activity"]}
    days = [f"2026-11-{day:02}T00:00:00.000Z" for day in range(2, 6)]
    versions = [{**old, "modified": days[0]}, {**old, "modified": days[1]}, {**one, "modified": days[2]}]
    door.poster.add(where, one, *versions)

    def match(**fields: str) -> list[list[str]]:
        params = {f"match[{name}]": value for name, value in fields.items()}
        path, listed = objects_of(where), [objects_of(where), f"{objects_of(where)}{one['id']}/"]
        found = [[each["modified"] for each in door.poster.get(at, params=params).json()["objects"]] for at in listed]
        records = door.poster.get(path.replace("/objects/", "/manifest/"), params=params).json()["objects"]
        return [*found, [each["version"] for each in records]]

    assert match(spec_version="2.0") == [[days[1]]] * 3
    assert match(spec_version="2.0", version="first") == [[days[0]]] * 3
    assert match(spec_version="2.1") == match(spec_version="2.0,2.1") == match() == [[days[2]]] * 3
    door.poster.add(where, {**old, "modified": days[3]})
    assert match(spec_version="2.1") == [[days[2]]] * 3
    path = f"{objects_of(where)}{one['id']}/"
    door.poster.ask("DELETE", ROOT + path, params={"match[version]": "last", "match[spec_version]": "2.1"})
    assert door.poster.get(f"{path}versions/").json()["versions"] == [one["modified"], days[0], days[1], days[3]]


def test_t25_t58_a_collection_of_the_usual_size(door: Door):
    """T-58: 1,826 objects in pages of 100: nineteen, each full but the last; times are for the bench.

    T-25: who asks for more than the server's maximum gets that, and is told of the rest.
    """
    where = door.collection("Large", default_label=Label.GREEN)
    posted = [indicator() for _ in range(1_826)]
    for place in range(0, len(posted), 1_000):
        door.poster.add(where, *posted[place : place + 1_000])
    pages = [ids(page) for page in door.poster.pages(objects_of(where), limit=100)]
    assert [len(page) for page in pages] == [100] * 18 + [26]
    assert [each for page in pages for each in page] == [each["id"] for each in posted]
    for limit in ("1001", str(2**63 - 1)):
        pages = [ids(page) for page in door.poster.pages(objects_of(where), limit=limit)]
        assert [len(page) for page in pages] == [1_000, 826]
        assert [each for page in pages for each in page] == [each["id"] for each in posted]


def test_t37_objects_without_modified(door: Door):
    """T-37: one version in manifest and list of versions, and it stays when the object is posted again."""
    where = door.collection("Unversioned", default_label=Label.GREEN)
    address = {"type": "ipv4-addr", "spec_version": "2.1", "id": f"ipv4-addr--{uuid4()}", "value": "192.0.2.9"}
    door.poster.add(where, address, tlp_marking_definition(Label.RED))
    manifest = {each["id"]: each["version"] for each in door.poster.get(manifest_of(where)).json()["objects"]}
    path = f"{objects_of(where)}{address['id']}/versions/"
    assert door.poster.get(path).json() == {"versions": [manifest[address["id"]]]}
    assert manifest[TLP2_IDS[Label.RED]] == "2022-10-01T00:00:00.000Z"
    door.poster.add(where, address)
    assert door.poster.get(path).json() == {"versions": [manifest[address["id"]]]}


def test_t39_the_manifest_is_filtered_like_the_objects(door: Door):
    """T-39: filters act on the object, and the media type is one of the collection's."""
    where = door.collection("Manifest", default_label=Label.GREEN)
    one = indicator()
    door.poster.add(where, one, indicator())
    (record,) = door.poster.get(manifest_of(where), params={"match[id]": one["id"]}).json()["objects"]
    assert record["id"] == one["id"]
    assert record["media_type"] == "application/stix+json;version=2.1"


def test_t42_one_object(door: Door):
    """T-42: unknown is 404, and so is a version of it that is not there; what other filters leave out is empty.

    An absent version was an empty answer, in which the `objects` that clients take out of it (stix2) were missing.
    """
    one = indicator()
    door.poster.add(door.open, one)
    path = f"{objects_of(door.open)}{one['id']}/"
    assert door.poster.get(path).json()["objects"] == [one]
    for version, status in (
        ("2020-01-01T00:00:00Z", 404),
        ("2020-01-01T00:00:00Z,2021-01-01T00:00:00Z", 404),
        (f"2020-01-01T00:00:00Z,{one['modified']}", 200),
        ("2020-01-01T00:00:00Z,last", 200),
    ):
        assert door.poster.get(path, params={"match[version]": version}).status_code == status
    for query in (
        {"added_after": "9999-01-01T00:00:00Z"},
        {"added_after": "9999-01-01T00:00:00Z", "match[version]": one["modified"]},
        {"match[spec_version]": "2.0"},
    ):
        filtered = door.poster.get(path, params=query)
        assert (filtered.status_code, filtered.content) == (200, b"{}")
    for tail in ("", "versions/"):
        assert door.poster.get(f"{objects_of(door.open)}indicator--{uuid4()}/{tail}").status_code == 404


@pytest.mark.parametrize("values", ["{0}, {1}", "{0} ,{1}", " {0}", "{0}\t"])
def test_t34_blanks_beside_the_commas(door: Door, values: str):
    """T-34: the specification has no blanks there; what began with one was left out without a word."""
    one, two = indicator(), indicator()
    door.poster.add(door.open, one, two)
    for name, text in (("id", values.format(one["id"], two["id"])), ("type", values.format("indicator", "malware"))):
        for path in (objects_of(door.open), manifest_of(door.open)):
            answer = door.poster.get(path, params={f"match[{name}]": text})
            assert answer.status_code == 400
            assert f"expected values of match[{name}] without blanks" in answer.json()["description"]


def test_t43_what_one_may_not_see_is_nowhere(door: Door):
    """T-43: missing from objects, manifest, versions, headers and `more` alike, as if it had never been posted."""
    where = door.collection("Secret", default_label=Label.GREEN)
    seen, hidden = indicator(Label.GREEN), indicator(Label.AMBER_STRICT)
    door.poster.add(where, seen, hidden)
    assert ids(door.poster.get(objects_of(where))) == [seen["id"], hidden["id"]]
    page = door.other.get(objects_of(where), params={"limit": 1})
    assert ids(page) == [seen["id"]]
    assert "more" not in page.json()
    assert [each["id"] for each in door.other.get(manifest_of(where)).json()["objects"]] == [seen["id"]]
    absent = door.other.get(f"{objects_of(where)}indicator--{uuid4()}/")
    for tail in ("", "versions/"):
        answer = door.other.get(f"{objects_of(where)}{hidden['id']}/{tail}")
        assert (answer.status_code, answer.content) == (404, absent.content)
    assert door.other.get(objects_of(where), params={"match[id]": hidden["id"]}).content == b"{}"
