"""Holds the demo's world: fictional organizations and people with the same ids, names and seeds each time.

Nobody here exists. Passwords and TOTP seeds are public on purpose; only the demo, in its own data folder, uses them.
"""

import base64
import hashlib
from datetime import date
from functools import cache
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Struct

from hub.demo.organizations import OPERATORS, SECRETARIATS
from models.codelists import ceptoars, ministries, sectors
from models.vocabulary import Role, Tier

NAMESPACE = uuid5(NAMESPACE_URL, "https://demo.ceptoar-hub.example/")
OVERSIGHT_DAY = date(2026, 10, 1)
"""The day whose ministries the demo takes for its sections."""

SEED_BYTES = 20
"""Length of a TOTP seed, that of the hash behind it (RFC 4226 §4)."""


class DemoOrganization(Struct, frozen=True):
    """A fictional organization; `we` is how it speaks of itself in a report."""

    key: str
    id: UUID
    tier: Tier
    name_ja: str
    name_en: str
    short_ja: str
    short_en: str
    sector: str | None = None
    ceptoar: str | None = None
    ministry: str | None = None
    we: str = "当機関"


class DemoHat(Struct, frozen=True):
    """What one account may do in one organization, by the organization's key."""

    organization: str
    roles: tuple[Role, ...]


class DemoAccount(Struct, frozen=True):
    """A fictional person; without password and seed nobody can sign in as them."""

    id: UUID
    username: str
    name_ja: str
    name_en: str
    hats: tuple[DemoHat, ...]
    password: str | None = None
    totp_secret: str | None = None

    @property
    def role(self) -> Role:
        """The role this account is in the demo for: the first of its first hat."""
        return self.hats[0].roles[0]


def demo_id(kind: str, key: str) -> UUID:
    """The id of a thing of the demo, the same each time."""
    return uuid5(NAMESPACE, f"{kind}/{key}")


@cache
def organizations() -> tuple[DemoOrganization, ...]:
    """Every organization of the demo: operators, secretariats, Council, ministry sections, NCO and the rest."""
    return (*_operators(), *_secretariats(), *_sections(), *_single_bodies())


def organization(key: str) -> DemoOrganization:
    """An organization by its key."""
    return _by_key()[key]


@cache
def operators(*, sector: str | None = None, ceptoar: str | None = None) -> tuple[DemoOrganization, ...]:
    """The operators, all or those of one sector or CEPTOAR."""
    return tuple(
        each
        for each in organizations()
        if each.tier is Tier.OPERATOR and sector in (None, each.sector) and ceptoar in (None, each.ceptoar)
    )


def secretariat(ceptoar: str) -> DemoOrganization:
    """The secretariat of a CEPTOAR."""
    return organization(f"secretariat-{ceptoar}")


@cache
def section(sector: str) -> DemoOrganization:
    """The ministry section that oversees a sector."""
    return next(each for each in organizations() if each.tier is Tier.MINISTRY and each.sector == sector)


@cache
def accounts() -> tuple[DemoAccount, ...]:
    """The people one can sign in as."""
    return tuple(_account(*row) for row in _ACCOUNTS)


@cache
def staff() -> tuple[DemoAccount, ...]:
    """One person for each organization without an account, so that every report has an author; they cannot sign in."""
    taken = {hat.organization for account in accounts() for hat in account.hats}
    empty = [each for each in organizations() if each.key not in taken]
    return tuple(_staff_member(number, each) for number, each in enumerate(empty))


@cache
def person_for(organization_key: str, role: Role) -> DemoAccount | None:
    """Who fills a role in an organization, if anybody does."""
    for account in (*accounts(), *staff()):
        for hat in account.hats:
            if hat.organization == organization_key and role in hat.roles:
                return account
    return None


@cache
def _by_key() -> dict[str, DemoOrganization]:
    return {each.key: each for each in organizations()}


def _operators() -> tuple[DemoOrganization, ...]:
    sector_of = {each.code: each.sector for each in ceptoars()}
    return tuple(
        DemoOrganization(
            key=row.key,
            id=demo_id("organization", row.key),
            tier=Tier.OPERATOR,
            name_ja=row.name_ja,
            name_en=row.name_en,
            short_ja=row.short_ja,
            short_en=row.short_en,
            sector=sector_of[row.ceptoar],
            ceptoar=row.ceptoar,
            we=row.we,
        )
        for row in OPERATORS
    )


def _secretariats() -> tuple[DemoOrganization, ...]:
    sector_of = {each.code: each.sector for each in ceptoars()}
    return tuple(
        DemoOrganization(
            key=f"secretariat-{row.ceptoar}",
            id=demo_id("organization", f"secretariat-{row.ceptoar}"),
            tier=Tier.CEPTOAR,
            name_ja=row.name_ja,
            name_en=row.name_en,
            short_ja=row.name_ja.removesuffix("（架空）").replace("セプター事務局", "セプター"),
            short_en=row.name_en.removesuffix(" Secretariat (fictional)"),
            sector=sector_of[row.ceptoar],
            ceptoar=row.ceptoar,
            we="当事務局",
        )
        for row in SECRETARIATS
    )


def _sections() -> tuple[DemoOrganization, ...]:
    named = {each.code: each for each in ministries()}
    return tuple(
        DemoOrganization(
            key=f"{code}-{sector.code}",
            id=demo_id("organization", f"{code}-{sector.code}"),
            tier=Tier.MINISTRY,
            name_ja=f"{named[code].ja} {sector.ja}分野担当室（架空）",
            name_en=f"{named[code].en}, {sector.en} Section (fictional)",
            short_ja=f"{named[code].short_ja} {sector.ja}",
            short_en=f"{named[code].short_en} {sector.en}",
            sector=sector.code,
            ministry=code,
            we="当室",
        )
        for sector in sectors()
        for code in sector.ministries_on(OVERSIGHT_DAY)
    )


def _single_bodies() -> tuple[DemoOrganization, ...]:
    return tuple(
        DemoOrganization(key, demo_id("organization", key), tier, name_ja, name_en, short_ja, short_en)
        for key, tier, name_ja, name_en, short_ja, short_en in _SINGLE_BODIES
    )


def _account(
    username: str, password: str, name_ja: str, name_en: str, *hats: tuple[str, tuple[Role, ...]]
) -> DemoAccount:
    return DemoAccount(
        id=demo_id("account", username),
        username=username,
        name_ja=name_ja,
        name_en=name_en,
        hats=tuple(DemoHat(key, roles) for key, roles in hats),
        password=password,
        totp_secret=_totp_secret(username),
    )


def _totp_secret(username: str) -> str:
    return base64.b32encode(hashlib.sha256(f"demo totp {username}".encode()).digest()[:SEED_BYTES]).decode("ascii")


def _staff_member(number: int, employer: DemoOrganization) -> DemoAccount:
    family_ja, family_en = _FAMILY_NAMES[number % len(_FAMILY_NAMES)]
    given_ja, given_en = _GIVEN_NAMES[(number * 7 + number // len(_FAMILY_NAMES)) % len(_GIVEN_NAMES)]
    username = f"staff.{employer.key}"
    return DemoAccount(
        id=demo_id("account", username),
        username=username,
        name_ja=f"{family_ja} {given_ja}",
        name_en=f"{given_en} {family_en}",
        hats=(DemoHat(employer.key, _STAFF_ROLES[employer.tier]),),
    )


_SINGLE_BODIES = (
    ("council", Tier.COUNCIL, "セプターカウンシル（架空）", "CEPTOAR Council (fictional)", "カウンシル", "Council"),
    ("nco", Tier.NCO, "国家サイバー統括室（デモ）", "National Cybersecurity Office (demo)", "NCO", "NCO"),
    ("auditor", Tier.AUDITOR, "漣監査センター（架空）", "Sazanami Audit Centre (fictional)", "漣監査", "Sazanami"),
    ("operator-of-hub", Tier.HUB, "情報共有ハブ運営機構（架空）", "Hub Operating Body (fictional)", "運営機構", "Hub"),
    (
        "linden",
        Tier.FOREIGN,
        "リンデン国サイバー防護庁（架空）",
        "Linden Cyber Protection Agency (fictional)",
        "リンデン防護庁",
        "Linden CPA",
    ),
)

_ALL_OPERATOR = (Role.REPORTER, Role.APPROVER, Role.MANAGER)
_ALL_SECRETARIAT = (Role.COORDINATOR, Role.DESK, Role.MANAGER)

_STAFF_ROLES = {
    Tier.OPERATOR: _ALL_OPERATOR,
    Tier.CEPTOAR: _ALL_SECRETARIAT,
    Tier.MINISTRY: (Role.ANALYST, Role.MANAGER),
}

_ACCOUNTS: tuple[tuple[str, str, str, str, *tuple[tuple[str, tuple[Role, ...]], ...]], ...] = (
    (
        "aonagi.reporter",
        "asagiri-watasu-hashi-3187",
        "森下 理沙",
        "Risa Morishita",
        ("aonagi-power", (Role.REPORTER, Role.READER)),
    ),
    (
        "aonagi.approver",
        "yuunagi-todoku-tegami-6420",
        "長谷部 誠一",
        "Seiichi Hasebe",
        ("aonagi-power", (Role.APPROVER, Role.READER)),
    ),
    (
        "aonagi.manager",
        "kazaguruma-mawaru-oka-9054",
        "三浦 千尋",
        "Chihiro Miura",
        ("aonagi-power", (Role.MANAGER, Role.READER)),
    ),
    ("tokihara.reporter", "tokiiro-no-asa-yake-7713", "大久保 悠", "Yu Okubo", ("tokihara-power", _ALL_OPERATOR)),
    ("water.reporter", "izumi-wo-mamoru-mori-2846", "小野寺 美咲", "Misaki Onodera", ("tokihara-water", _ALL_OPERATOR)),
    (
        "electricity.secretariat",
        "raimei-no-ato-niji-5539",
        "篠原 和樹",
        "Kazuki Shinohara",
        ("secretariat-electricity", _ALL_SECRETARIAT),
    ),
    (
        "water.secretariat",
        "seseragi-no-oto-kiku-8162",
        "野村 由香里",
        "Yukari Nomura",
        ("secretariat-water", _ALL_SECRETARIAT),
    ),
    (
        "bank.secretariat",
        "kinka-ichimai-no-omosa-4471",
        "桑原 健吾",
        "Kengo Kuwahara",
        ("secretariat-bank", _ALL_SECRETARIAT),
    ),
    (
        "council.member",
        "madoi-no-hi-wo-kakomu-1928",
        "柏木 文乃",
        "Fumino Kashiwagi",
        ("council", (Role.COUNCIL, Role.READER, Role.MANAGER)),
    ),
    (
        "meti.electricity",
        "kasumigaseki-no-yoru-3605",
        "宇野 航平",
        "Kohei Uno",
        ("meti-electricity", (Role.ANALYST, Role.MANAGER)),
    ),
    (
        "nco.analyst",
        "hoshizora-no-chizu-yomu-7290",
        "早川 恵",
        "Megumi Hayakawa",
        ("nco", (Role.ANALYST, Role.MANAGER)),
    ),
    ("auditor", "mizukagami-ni-utsusu-6648", "堀内 昭彦", "Akihiko Horiuchi", ("auditor", (Role.AUDITOR,))),
    (
        "administrator",
        "hagurumano-abura-sashi-5083",
        "岩瀬 拓真",
        "Takuma Iwase",
        ("operator-of-hub", (Role.ADMINISTRATOR,)),
    ),
    ("foreign.reader", "linden-tree-by-the-gate-8841", "エルサ・ホルム", "Elsa Holm", ("linden", (Role.READER,))),
    (
        "two.hats",
        "futatsu-no-boushi-kaburu-2375",
        "水谷 俊介",
        "Shunsuke Mizutani",
        ("aonagi-water", _ALL_OPERATOR),
        ("secretariat-water", (Role.COORDINATOR, Role.DESK)),
    ),
)

_FAMILY_NAMES = (
    ("浅井", "Asai"),
    ("五十嵐", "Igarashi"),
    ("上原", "Uehara"),
    ("江口", "Eguchi"),
    ("岡本", "Okamoto"),
    ("片桐", "Katagiri"),
    ("北川", "Kitagawa"),
    ("栗田", "Kurita"),
    ("小松", "Komatsu"),
    ("坂口", "Sakaguchi"),
    ("杉本", "Sugimoto"),
    ("関根", "Sekine"),
    ("高瀬", "Takase"),
    ("津田", "Tsuda"),
    ("中西", "Nakanishi"),
    ("西尾", "Nishio"),
    ("橋爪", "Hashizume"),
    ("樋口", "Higuchi"),
    ("福島", "Fukushima"),
    ("松永", "Matsunaga"),
    ("宮田", "Miyata"),
    ("村井", "Murai"),
    ("安田", "Yasuda"),
    ("吉岡", "Yoshioka"),
    ("渡部", "Watanabe"),
)

_GIVEN_NAMES = (
    ("彩", "Aya"),
    ("一郎", "Ichiro"),
    ("栄子", "Eiko"),
    ("薫", "Kaoru"),
    ("恭平", "Kyohei"),
    ("沙織", "Saori"),
    ("慎也", "Shinya"),
    ("隆", "Takashi"),
    ("奈緒", "Nao"),
    ("浩二", "Koji"),
    ("真由美", "Mayumi"),
    ("洋介", "Yosuke"),
    ("玲奈", "Rena"),
)
