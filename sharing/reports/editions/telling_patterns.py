"""Holds what looks telling in a text: kind and pattern; of two that overlap the first that begins is kept.

What a pattern repeats before something that it needs is bounded: without a bound, a pasted page of digits would be
tried from each of its places to its end.
"""

from typing import Final

_PREFECTURES = (
    "北海道|青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|東京|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知"
    "|三重|滋賀|京都|大阪|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄"
)
_REGIONS = "東北|関東|北陸|甲信越|東海|近畿|関西|中国地方|四国|九州|首都圏|中部"
_PLACE_WORDS = (
    "市|区|町|村|郡|支店|支社|営業所|事業所|事務所|発電所|変電所|浄水場|下水処理場|製油所|製鉄所|工場|病院|大学"
    "|空港|駅|港|データセンター|給電所|制御所"
)
_K = "一-龥々ヶケ"
"""Kanji."""
_J = _K + "ぁ-んァ-ヴー"
"""All Japanese letters."""
_W = _K + "ァ-ヴーA-Za-zＡ-Ｚａ-ｚ"
"""Signs of a company's name; hiragana only before them, else every particle would belong to the name."""
_D = "0-9０-９"
_N = "1-9１-９一二三四五六七八九十"
_FORMS = "株式会社|有限会社|合同会社|（株）|㈱"
_DASH = "[-－‐]"
_NUMBER = rf"{_DASH}[{_D}]{{1,4}}"

PATTERNS: Final = (
    ("mail", r"[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"),
    ("host", r"(?i:\b[a-z][a-z0-9+.-]{1,20})://[^\s\u3000-\u9fff]+"),
    ("host", rf"(?<![{_D}.．])[{_D}]{{1,3}}(?:[.．][{_D}]{{1,3}}){{3}}(?:/[{_D}]{{1,2}})?(?![{_D}])"),
    ("host", r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}:?(?:[0-9a-fA-F]{1,4}:?){0,6}(?![\w:])"),
    ("host", r"(?<![\w@.])(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?![\w.-])"),
    ("host", r"(?<![\w.-])(?=[A-Za-z0-9_-]*\d)[A-Za-z]{2,12}(?:[-_][A-Za-z0-9]{1,12}){1,4}(?![\w.-])"),
    (
        "serial",
        r"(?i:S/?N|シリアル(?:番号|ナンバー)?|製造番号|機番|管理番号|serial(?: number| no\.?)?)"
        r"[\s:：．.#＃は]*[A-Za-z0-9Ａ-Ｚ０-９][A-Za-z0-9Ａ-Ｚａ-ｚ０-９_-]{3,}",
    ),
    (
        "account",
        r"(?i:ユーザー?(?:名|ID)?|アカウント(?:名)?|ログイン(?:名|ID)|(?:user|account|login)(?: ?name| ?id)?)"
        r"[\s:：=＝「『\"']{1,3}[A-Za-z0-9][A-Za-z0-9._$-]{2,}",
    ),
    ("account", r"\b[A-Z][A-Z0-9-]{1,14}\\[A-Za-z0-9._$-]{2,}"),
    (
        "phone",
        rf"(?<![{_D}])[0０][{_D}]{{1,4}}[-－‐(（][{_D}]{{1,4}}[-－‐)）][{_D}]{{3,4}}(?![{_D}])",
    ),
    ("address", rf"〒\s?[{_D}]{{3}}{_DASH}[{_D}]{{4}}(?![{_D}])"),
    (
        "address",
        rf"[{_J}]{{1,12}}[{_N}][{_D}{_N}]{{0,3}}(?:丁目|番地|{_NUMBER})(?:[{_D}{_N}-]{{1,6}}(?:番地?|号)?){{0,3}}",
    ),
    (
        "organization",
        rf"(?:{_FORMS})[ 　]?[{_W}]{{2,16}}|(?:[ぁ-ん]{{2,6}})?[{_W}]{{2,16}}[ 　]?(?:{_FORMS})"
        r"|(?:[A-Z][A-Za-z&-]{1,20} ){1,3}(?:Co\.,? ?Ltd\.?|Inc\.?|Corp(?:oration|\.)?|K\.K\.)",
    ),
    ("area", rf"(?:{_PREFECTURES})(?:都|府|県)?(?:[{_J}]{{1,6}}?(?:市|区|町|村|郡))?"),
    ("area", rf"(?:{_REGIONS})(?:地方|エリア|管内|一円)?"),
    ("area", rf"(?:第[{_D}{_N}]{{1,3}}|[{_K}]{{2,5}}?|[ァ-ヴー]{{2,8}})(?:{_PLACE_WORDS})(?![{_K}])"),
    (
        "person",
        rf"[{_K}]{{1,3}}[ 　]?[{_K}]{{0,3}}"
        rf"(?:氏|さん|様|(?<=[{_K}])(?:部長|課長|室長|所長|係長|主任|社長|支店長))",
    ),
    ("person", r"\b(?:Mr|Ms|Mrs|Dr)\.? [A-Z][A-Za-z'-]+(?: [A-Z][A-Za-z'-]+)?"),
    (
        "users",
        rf"(?:約|およそ|延べ)?[{_D}][{_D},，.．]{{0,20}}[万千百億]{{0,2}}[{_D}]{{0,4}}\s?"
        r"(?:人|名|世帯|戸|軒|社|口座|回線|件の顧客|顧客|加入者|床|users|customers|households|accounts)",
    ),
    (
        "time",
        rf"(?<![{_D}:：])[{_D}]{{1,2}}"
        rf"(?:時[{_D}]{{1,2}}分(?:[{_D}]{{1,2}}秒)?|[:：][{_D}]{{2}}(?:[:：][{_D}]{{2}})?)(?![{_D}:：])",
    ),
)
