"""What the stories of the demo say: clean Japanese, nobody real, nothing that exists on the internet."""

import ipaddress
import re
from collections import Counter

from hub.demo import world
from hub.demo.indicators import NETS, build_indicators
from hub.demo.provisions import build_provisions
from hub.demo.scenarios import scenarios
from hub.demo.stories import Story
from models.vocabulary import Label
from tests.demo.conftest import JAPANESE

REAL_NAMES = (
    *(
        "東京電力",
        "関西電力",
        "中部電力",
        "東北電力",
        "九州電力",
        "北海道電力",
        "東京ガス",
        "大阪ガス",
        "東邦ガス",
        "西部ガス",
    ),
    *(
        "日本電信",
        "ＮＴＴ",
        "NTT",
        "KDDI",
        "ソフトバンク",
        "楽天",
        "ドコモ",
        "ジェイコム",
        "日本放送協会",
        "NHK",
        "フジテレビ",
    ),
    *(
        "三菱",
        "三井",
        "住友",
        "みずほ",
        "りそな",
        "ゆうちょ",
        "野村證券",
        "大和証券",
        "日本生命",
        "第一生命",
        "東京海上",
    ),
    *(
        "日本航空",
        "全日空",
        "ANA",
        "JAL",
        "成田",
        "羽田",
        "関西国際",
        "JR",
        "ＪＲ",
        "新幹線",
        "近鉄",
        "東急",
        "阪急",
        "小田急",
    ),
    *("日本通運", "ヤマト運輸", "クロネコ", "佐川", "日本郵便", "出光", "ENEOS", "コスモ石油", "名古屋港", "横浜港"),
    *("日立", "東芝", "富士通", "NEC", "パナソニック", "トヨタ", "ソニー", "PayPay", "LINE", "Suica", "JCB"),
    *(
        "Microsoft",
        "マイクロソフト",
        "Google",
        "Amazon",
        "AWS",
        "Cisco",
        "Fortinet",
        "LockBit",
        "Emotet",
        "CrowdStrike",
    ),
)


def texts(story: Story) -> list[str]:
    names = ("summary", "details", "measures", "lessons", "affected_service", "affected_users")
    found = [version.fields[name] for version in story.versions for name in names]
    return [text for text in found if text]


def test_texts_stay_within_limits(stories):
    for story in stories:
        assert story.summary_en.isascii() and 20 < len(story.summary_en) <= 400
        for version in story.versions:
            assert 10 < len(version.fields["summary"]) <= 400
            assert 60 < len(version.fields["details"]) <= 20_000


def test_texts_are_clean_japanese(stories):
    """No slot left open, nothing broken by an encoding, no doubled word or stop."""
    for story in stories:
        for text in texts(story):
            assert JAPANESE.fullmatch(text), (story.key, JAPANESE.sub("", text))
            assert not re.search(r"[{}\ufffd]|None|。。|、、|のの|がが|をを|にに", text), (story.key, text)
        assert story.versions[0].fields["summary"].endswith("。")


def test_nobody_real_is_named(stories, now):
    everything = [*(text for story in stories for text in texts(story))]
    everything += [text for each in world.organizations() for text in (each.name_ja, each.name_en)]
    everything += [text for each in build_provisions(now, stories) for text in (each.title, each.body)]
    for name in REAL_NAMES:
        assert not [text for text in everything if name in text], name


def test_a_report_never_names_its_own_sender(stories):
    """An anonymised edition leaves out the name; the text must not bring it back."""
    names = [name for each in world.operators() for name in (each.name_ja, each.short_ja, each.name_en)]
    for story in stories:
        for text in texts(story):
            assert not [name for name in names if name in text], story.key


def test_there_are_many_scenarios_and_all_texts_differ_enough(live):
    assert len(scenarios()) >= 60
    assert len({story.scenario for story in live}) >= 60
    details = Counter(story.versions[0].fields["details"] for story in live)
    assert max(details.values()) == 1


def test_indicators_cannot_exist_on_the_internet(stories):
    found = build_indicators(stories)
    assert 100 <= len(found) <= 400
    assert len({(each.kind, each.value) for each in found}) == len({each.id for each in found}) == len(found)
    for each in found:
        assert each.label is not Label.RED and each.publisher == f"secretariat-{each.ceptoar}"
        match each.kind:
            case "ipv4-addr":
                assert each.value.rsplit(".", 1)[0] in NETS
            case "ipv6-addr":
                assert ipaddress.ip_address(each.value) in ipaddress.ip_network("2001:db8::/32")
            case "domain-name" | "url" | "email-addr":
                host = re.sub(r"^https://|^.*@|/.*$", "", each.value)
                assert re.search(r"(^|\.)example(\.com|\.net|\.org)?$", host), each.value
            case "sha256" | "sha1" | "md5":
                assert re.fullmatch(r"[0-9a-f]+", each.value)
                assert len(each.value) == {"sha256": 64, "sha1": 40, "md5": 32}[each.kind]
            case _:
                raise AssertionError(each.kind)
