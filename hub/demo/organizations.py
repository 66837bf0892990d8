"""Holds the names of the demo's fictional operators and secretariats; none of them exists."""

from typing import NamedTuple


class OperatorRow(NamedTuple):
    """One fictional operator as written in the table below."""

    key: str
    ceptoar: str
    name_ja: str
    name_en: str
    short_ja: str
    short_en: str
    we: str


class SecretariatRow(NamedTuple):
    """How the secretariat of one CEPTOAR is called in the demo."""

    ceptoar: str
    name_ja: str
    name_en: str


OPERATORS = (
    OperatorRow("hakurei-telecom", "telecom", "白嶺通信株式会社", "Hakurei Telecom", "白嶺通信", "Hakurei", "当社"),
    OperatorRow(
        "asanagi-net", "telecom", "朝凪ネットワークス株式会社", "Asanagi Networks", "朝凪ネット", "Asanagi", "当社"
    ),
    OperatorRow("kumoi-mobile", "telecom", "雲居モバイル株式会社", "Kumoi Mobile", "雲居モバイル", "Kumoi M", "当社"),
    OperatorRow(
        "aonagi-broadcast", "broadcast", "青凪放送株式会社", "Aonagi Broadcasting", "青凪放送", "Aonagi BC", "当社"
    ),
    OperatorRow(
        "tokihara-tv", "broadcast", "朱鷺原テレビ株式会社", "Tokihara Television", "朱鷺原テレビ", "Tokihara TV", "当社"
    ),
    OperatorRow(
        "kirimori-cable", "cable-tv", "霧森ケーブルテレビ株式会社", "Kirimori Cable TV", "霧森ケーブル", "KCTV", "当社"
    ),
    OperatorRow(
        "shioji-cable", "cable-tv", "汐路ケーブルネット株式会社", "Shioji Cable Net", "汐路ケーブル", "SCN", "当社"
    ),
    OperatorRow("zuiun-bank", "bank", "株式会社瑞雲銀行", "Zuiun Bank", "瑞雲銀行", "Zuiun", "当行"),
    OperatorRow("aonagi-bank", "bank", "株式会社青凪銀行", "Aonagi Bank", "青凪銀行", "Aonagi Bk", "当行"),
    OperatorRow(
        "kirimori-shinkin", "bank", "霧森信用金庫", "Kirimori Shinkin Bank", "霧森信金", "Kirimori SB", "当金庫"
    ),
    OperatorRow(
        "tamayura-sec", "securities", "玉響証券株式会社", "Tamayura Securities", "玉響証券", "Tamayura", "当社"
    ),
    OperatorRow(
        "hakurei-sec", "securities", "白嶺証券株式会社", "Hakurei Securities", "白嶺証券", "Hakurei Sec", "当社"
    ),
    OperatorRow(
        "geppaku-life",
        "life-insurance",
        "月白生命保険相互会社",
        "Geppaku Life Insurance",
        "月白生命",
        "Geppaku",
        "当社",
    ),
    OperatorRow(
        "yamabato-life",
        "life-insurance",
        "山鳩生命保険株式会社",
        "Yamabato Life Insurance",
        "山鳩生命",
        "Yamabato",
        "当社",
    ),
    OperatorRow(
        "gyoten-insurance",
        "nonlife-insurance",
        "暁天損害保険株式会社",
        "Gyoten Insurance",
        "暁天損保",
        "Gyoten",
        "当社",
    ),
    OperatorRow(
        "kumoi-insurance",
        "nonlife-insurance",
        "雲居損害保険株式会社",
        "Kumoi Insurance",
        "雲居損保",
        "Kumoi Ins",
        "当社",
    ),
    OperatorRow("komadori-pay", "payment", "駒鳥ペイ株式会社", "Komadori Pay", "駒鳥ペイ", "Komadori", "当社"),
    OperatorRow(
        "tamayura-wallet", "payment", "玉響ウォレット株式会社", "Tamayura Wallet", "玉響ウォレット", "T-Wallet", "当社"
    ),
    OperatorRow("suiku-air", "aviation", "翠空航空株式会社", "Suiku Airlines", "翠空航空", "Suiku", "当社"),
    OperatorRow(
        "hakurei-air", "aviation", "株式会社白嶺エアラインズ", "Hakurei Airlines", "白嶺エア", "Hakurei Air", "当社"
    ),
    OperatorRow("hibari-air", "aviation", "雲雀航空株式会社", "Hibari Air", "雲雀航空", "Hibari", "当社"),
    OperatorRow(
        "tokihara-airport",
        "airport",
        "朱鷺原国際空港株式会社",
        "Tokihara International Airport",
        "朱鷺原空港",
        "TIA",
        "当社",
    ),
    OperatorRow(
        "aonagi-terminal",
        "airport",
        "青凪空港ビルディング株式会社",
        "Aonagi Airport Terminal",
        "青凪空港ビル",
        "AAT",
        "当社",
    ),
    OperatorRow(
        "kirimori-airport", "airport", "霧森空港運営株式会社", "Kirimori Airport Operations", "霧森空港", "KAO", "当社"
    ),
    OperatorRow(
        "tokihara-rail", "railway", "朱鷺原鉄道株式会社", "Tokihara Railway", "朱鷺原鉄道", "Tokihara Ry", "当社"
    ),
    OperatorRow(
        "shioji-rail", "railway", "汐路電鉄株式会社", "Shioji Electric Railway", "汐路電鉄", "Shioji Ry", "当社"
    ),
    OperatorRow(
        "hakurei-rail", "railway", "白嶺高速鉄道株式会社", "Hakurei Rapid Railway", "白嶺高速鉄道", "Hakurei Ry", "当社"
    ),
    OperatorRow(
        "aonagi-power", "electricity", "青凪電力株式会社", "Aonagi Electric Power", "青凪電力", "Aonagi EP", "当社"
    ),
    OperatorRow(
        "tokihara-power",
        "electricity",
        "朱鷺原電力株式会社",
        "Tokihara Electric Power",
        "朱鷺原電力",
        "Tokihara EP",
        "当社",
    ),
    OperatorRow(
        "hakurei-grid",
        "electricity",
        "白嶺パワーグリッド株式会社",
        "Hakurei Power Grid",
        "白嶺PG",
        "Hakurei PG",
        "当社",
    ),
    OperatorRow(
        "kirimori-gen", "electricity", "霧森発電株式会社", "Kirimori Generation", "霧森発電", "Kirimori Gen", "当社"
    ),
    OperatorRow("aonagi-gas", "gas", "青凪ガス株式会社", "Aonagi Gas", "青凪ガス", "Aonagi Gas", "当社"),
    OperatorRow("kirimori-gas", "gas", "霧森瓦斯株式会社", "Kirimori Gas", "霧森瓦斯", "Kirimori Gas", "当社"),
    OperatorRow("shioji-gas", "gas", "汐路都市ガス株式会社", "Shioji City Gas", "汐路ガス", "Shioji Gas", "当社"),
    OperatorRow(
        "tokihara-city", "government-services", "朱鷺原市", "Tokihara City", "朱鷺原市", "Tokihara City", "本市"
    ),
    OperatorRow("shioji-pref", "government-services", "汐路県", "Shioji Prefecture", "汐路県", "Shioji Pref", "本県"),
    OperatorRow("kirimori-town", "government-services", "霧森町", "Kirimori Town", "霧森町", "Kirimori Town", "本町"),
    OperatorRow("aonagi-hospital", "medical", "青凪総合病院", "Aonagi General Hospital", "青凪総合病院", "AGH", "当院"),
    OperatorRow(
        "tokihara-hospital", "medical", "朱鷺原市民病院", "Tokihara City Hospital", "朱鷺原市民病院", "TCH", "当院"
    ),
    OperatorRow(
        "hakurei-hospital", "medical", "白嶺大学附属病院", "Hakurei University Hospital", "白嶺大病院", "HUH", "当院"
    ),
    OperatorRow(
        "tokihara-water", "water", "朱鷺原市水道局", "Tokihara Waterworks Bureau", "朱鷺原水道", "Tokihara WB", "当局"
    ),
    OperatorRow(
        "aonagi-water",
        "water",
        "青凪広域水道企業団",
        "Aonagi Regional Water Supply",
        "青凪水道",
        "Aonagi Water",
        "当企業団",
    ),
    OperatorRow(
        "kirimori-water", "water", "霧森地区水道事業団", "Kirimori District Water", "霧森水道", "KDW", "当事業団"
    ),
    OperatorRow("kumoi-transport", "logistics", "雲居運輸株式会社", "Kumoi Transport", "雲居運輸", "Kumoi Tr", "当社"),
    OperatorRow(
        "yamabato-express", "logistics", "山鳩急送株式会社", "Yamabato Express", "山鳩急送", "Yamabato Ex", "当社"
    ),
    OperatorRow(
        "shioji-warehouse", "logistics", "汐路倉庫株式会社", "Shioji Warehouse", "汐路倉庫", "Shioji WH", "当社"
    ),
    OperatorRow(
        "shioji-petrochem", "chemical", "汐路石油化学株式会社", "Shioji Petrochemicals", "汐路石化", "Shioji PC", "当社"
    ),
    OperatorRow("aonagi-kasei", "chemical", "青凪化成株式会社", "Aonagi Kasei", "青凪化成", "Aonagi Kasei", "当社"),
    OperatorRow(
        "hakurei-chem", "chemical", "白嶺ケミカル株式会社", "Hakurei Chemical", "白嶺ケミカル", "Hakurei Ch", "当社"
    ),
    OperatorRow(
        "tamayura-card", "credit", "玉響カード株式会社", "Tamayura Card", "玉響カード", "Tamayura Card", "当社"
    ),
    OperatorRow(
        "komadori-credit",
        "credit",
        "駒鳥クレジット株式会社",
        "Komadori Credit",
        "駒鳥クレジット",
        "Komadori Cr",
        "当社",
    ),
    OperatorRow("zuiun-credit", "credit", "瑞雲信販株式会社", "Zuiun Credit Sales", "瑞雲信販", "Zuiun Cr", "当社"),
    OperatorRow("shioji-oil", "petroleum", "汐路石油株式会社", "Shioji Oil", "汐路石油", "Shioji Oil", "当社"),
    OperatorRow(
        "gyoten-energy", "petroleum", "暁天エナジー株式会社", "Gyoten Energy", "暁天エナジー", "Gyoten En", "当社"
    ),
    OperatorRow("kumoi-oil", "petroleum", "雲居石油販売株式会社", "Kumoi Oil Sales", "雲居石油", "Kumoi Oil", "当社"),
    OperatorRow(
        "shioji-port", "port", "汐路港ターミナル株式会社", "Shioji Port Terminal", "汐路港ターミナル", "SPT", "当社"
    ),
    OperatorRow(
        "aonagi-container",
        "port",
        "青凪コンテナターミナル株式会社",
        "Aonagi Container Terminal",
        "青凪コンテナ",
        "ACT",
        "当社",
    ),
    OperatorRow(
        "tokihara-koun", "port", "朱鷺原港運株式会社", "Tokihara Harbour Transport", "朱鷺原港運", "Tokihara HT", "当社"
    ),
)

SECRETARIATS = (
    SecretariatRow("telecom", "電気通信セプター事務局（架空）", "Telecommunications CEPTOAR Secretariat (fictional)"),
    SecretariatRow("broadcast", "放送セプター事務局（架空）", "Broadcasting CEPTOAR Secretariat (fictional)"),
    SecretariatRow("cable-tv", "ケーブルテレビセプター事務局（架空）", "Cable TV CEPTOAR Secretariat (fictional)"),
    SecretariatRow("bank", "銀行等セプター事務局（架空）", "Banking CEPTOAR Secretariat (fictional)"),
    SecretariatRow("securities", "証券セプター事務局（架空）", "Securities CEPTOAR Secretariat (fictional)"),
    SecretariatRow(
        "life-insurance", "生命保険セプター事務局（架空）", "Life Insurance CEPTOAR Secretariat (fictional)"
    ),
    SecretariatRow(
        "nonlife-insurance", "損害保険セプター事務局（架空）", "Non-life Insurance CEPTOAR Secretariat (fictional)"
    ),
    SecretariatRow("payment", "資金決済セプター事務局（架空）", "Payment Services CEPTOAR Secretariat (fictional)"),
    SecretariatRow("aviation", "航空セプター事務局（架空）", "Aviation CEPTOAR Secretariat (fictional)"),
    SecretariatRow("airport", "空港セプター事務局（架空）", "Airport CEPTOAR Secretariat (fictional)"),
    SecretariatRow("railway", "鉄道セプター事務局（架空）", "Railway CEPTOAR Secretariat (fictional)"),
    SecretariatRow("electricity", "電力セプター事務局（架空）", "Electric Power CEPTOAR Secretariat (fictional)"),
    SecretariatRow("gas", "ガスセプター事務局（架空）", "Gas CEPTOAR Secretariat (fictional)"),
    SecretariatRow(
        "government-services", "自治体セプター事務局（架空）", "Local Government CEPTOAR Secretariat (fictional)"
    ),
    SecretariatRow("medical", "医療セプター事務局（架空）", "Medical CEPTOAR Secretariat (fictional)"),
    SecretariatRow("water", "水道セプター事務局（架空）", "Water CEPTOAR Secretariat (fictional)"),
    SecretariatRow("logistics", "物流セプター事務局（架空）", "Logistics CEPTOAR Secretariat (fictional)"),
    SecretariatRow("chemical", "化学セプター事務局（架空）", "Chemical CEPTOAR Secretariat (fictional)"),
    SecretariatRow("credit", "クレジットセプター事務局（架空）", "Credit CEPTOAR Secretariat (fictional)"),
    SecretariatRow("petroleum", "石油セプター事務局（架空）", "Petroleum CEPTOAR Secretariat (fictional)"),
    SecretariatRow("port", "港湾セプター事務局（架空）", "Port CEPTOAR Secretariat (fictional)"),
)
