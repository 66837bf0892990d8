"""Rule: the files that open reports of the demo carry, made here: small, harmless, of the kinds that desks attach."""

import struct
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from hub.demo.calendar import TOKYO
from hub.demo.story import Story
from models.vocabulary import Label
from sharing.rules.spreadsheets import write_table

_PAPER: Final = (255, 255, 255)
_BAR: Final = (38, 76, 128)
_LIMIT: Final = (190, 40, 40)


class DemoFile(Struct, frozen=True):
    """A file as its reporter puts it on a version; without a label of its own it has the report's."""

    name: str
    body: bytes
    label: Label | None = None


class _Wanted(Struct, frozen=True):
    """Which version of a scenario carries what."""

    scenario: str
    version: int
    name: str
    make: Callable[[Story, int], bytes]
    label: Label | None = None


def files_of(story: Story, version: int) -> tuple[DemoFile, ...]:
    """What one version of an open report carries; nothing for most."""
    if not story.is_open:
        return ()
    wanted = [each for each in _WANTED if (each.scenario, each.version) == (story.scenario, version)]
    return tuple(DemoFile(each.name, each.make(story, version), each.label) for each in wanted)


def _noticed(story: Story, version: int) -> datetime:
    moment: datetime = story.versions[version].fields["noticed_at"]
    return moment.astimezone(TOKYO)


def _addresses(story: Story) -> list[str]:
    """The addresses that the report names; what its files say does not go beyond it."""
    named = [each["value"] for each in story.versions[-1].fields["indicators"] if each["kind"] == "ipv4-addr"]
    return named or ["192.0.2.10"]


def _vpn_log(story: Story, version: int) -> bytes:
    """Who came over the line at night, as a device writes it."""
    start, sources = _noticed(story, version), _addresses(story)
    rows = [
        ((start - timedelta(days=20 - 3 * turn, hours=14, minutes=7 * turn)), sources[turn % len(sources)])
        for turn in range(7)
    ]
    return _table(
        ("日時（JST）", "利用者ID", "接続元", "結果", "備考"),
        [
            (f"{at:%Y-%m-%d %H:%M:%S}", f"u{1040 + turn}", source, "成功", "深夜帯")
            for turn, (at, source) in enumerate(rows)
        ],
    )


def _login_counts(story: Story, version: int) -> bytes:
    return _table(
        ("時刻（JST）", "ログイン試行", "失敗", "送信元の数"),
        [
            (f"{at:%m-%d %H:%M}", tried, round(tried * 0.93), max(3, tried // 40))
            for at, tried in zip(_quarters(story, version), _CURVE, strict=True)
        ],
    )


def _login_picture(_story: Story, _version: int) -> bytes:
    return _bars(_CURVE, limit=600)


def _level_picture(_story: Story, _version: int) -> bytes:
    return _bars([52, 53, 52, 54, 53, 52, 53, 53, 0, 0, 0, 0, 0, 0, 0, 0], limit=90)


def _ransom_note(_story: Story, _version: int) -> bytes:
    return (
        "脅迫文の書き起こし（画面の写真から。原文は英語。連絡先と識別番号は伏せた）\n\n"
        "> Your network has been locked.\n"
        "> All documents, databases and backups on these servers are encrypted.\n"
        "> Do not rename files. Do not call recovery companies.\n"
        "> Write to us within 72 hours: [伏せた]\n"
        "> Your personal ID: [伏せた]\n\n"
        "置かれていた場所: 各共有フォルダの直下（README_RESTORE.txt）\n"
        "拡張子: .enc-usuyuki\n"
    ).encode()


def _servers(_story: Story, _version: int) -> bytes:
    kinds = ("ファイル共有", "倉庫管理", "配車", "帳票", "認証")
    return _table(
        ("番号", "用途", "暗号化", "バックアップ", "復元の順位"),
        [
            (f"S{number:02}", kinds[number % 5], "あり", "別拠点で無事" if number % 4 else "確認中", 1 + number % 3)
            for number in range(1, 32)
        ],
    )


def _mail_headers(story: Story, version: int) -> bytes:
    at = _noticed(story, version) - timedelta(minutes=40)
    return (
        "不審メールのヘッダー（本文と添付ファイルは含まない。宛先は伏せた）\r\n\r\n"
        f"Date: {at:%a, %d %b %Y %H:%M:%S +0900}\r\n"
        "From: =?UTF-8?B?6YWN6YCB44K744Oz44K/44O8?= <notice@delivery.example>\r\n"
        "To: [伏せた]\r\n"
        "Subject: 不在通知のお知らせ\r\n"
        "Message-ID: <20731.5521@mail.delivery.example>\r\n"
        f"Received: from mail.delivery.example ({_addresses(story)[0]}) by mx.hospital.example; {at:%H:%M:%S}\r\n"
    ).encode()


_CURVE: Final = (48, 51, 47, 50, 55, 210, 470, 590, 612, 640, 655, 630, 410, 260, 140, 95)
"""Attempts in each quarter of an hour: quiet, then twelve times as many, then held back."""


def _quarters(story: Story, version: int) -> list[datetime]:
    start = _noticed(story, version) - timedelta(minutes=75)
    return [start + timedelta(minutes=15 * step) for step in range(len(_CURVE))]


_WANTED: Final = (
    _Wanted("vpn-intrusion", 0, "点検メモ_VPN装置.txt", lambda *_: _VPN_MEMO.encode()),
    _Wanted("vpn-intrusion", 1, "VPN認証ログ_抜粋.csv", _vpn_log, Label.AMBER_STRICT),
    _Wanted("login-flood", 0, "ログイン試行の推移.csv", _login_counts),
    _Wanted("login-flood", 1, "ログイン試行の推移.png", _login_picture),
    _Wanted("ransomware-office", 0, "脅迫文_書き起こし.txt", _ransom_note, Label.AMBER_STRICT),
    _Wanted("ransomware-office", 1, "被害サーバー一覧.csv", _servers, Label.AMBER_STRICT),
    _Wanted("mail-malware", 0, "不審メール_ヘッダー.txt", _mail_headers),
    _Wanted("telemetry-loss", 0, "監視画面_計測値.png", _level_picture),
)

_VPN_MEMO: Final = """VPN装置の点検メモ

- 設定ファイルの複製が管理領域に1つあり（更新日時は修正の適用より前）
- 管理者の一覧に増減なし。ログの保存期間は30日
- 切り離しの後、装置のディスクの写しを保全済み
- 未確認: 複製が外部へ送られたかどうか
"""


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> bytes:
    """As spreadsheets of this country open it without asking."""
    return write_table([head, *rows])


_WIDE, _HIGH = 24, 160
"""Points of a bar, with the space around it, and of the whole picture from top to bottom."""


def _bars(values: Sequence[int], *, limit: int) -> bytes:
    """A picture of bars with a line at a limit, as a small PNG."""
    top = max(*values, limit) * 1.1
    rows = []
    for y in range(_HIGH):
        level = (_HIGH - y) / _HIGH * top
        on_line = abs(level - limit) < top / _HIGH
        row = b"".join(
            bytes(_LIMIT if on_line else (_BAR if level <= value and 4 <= x < _WIDE - 4 else _PAPER))
            for value in values
            for x in range(_WIDE)
        )
        rows.append(b"\0" + row)
    head = struct.pack(">IIBBBBB", _WIDE * len(values), _HIGH, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, parts))


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    kind, body = part
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
