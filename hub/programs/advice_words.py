"""Holds the words in which a program's administrator is told what the program does wrong: English, then Japanese."""

from collections.abc import Mapping
from typing import Final

from feeds.taxii.advice import Advice

WORDS: Final[Mapping[Advice, tuple[str, str]]] = {
    Advice.OWN_CLOCK: (
        "It asks with its own clock. Let it keep the X-TAXII-Date-Added-Last of the last answer and send that as"
        " added_after; else it misses what is added while clocks differ.",
        "自分の時計の時刻で問い合わせています。直前の応答のX-TAXII-Date-Added-Lastを保存し、次のadded_afterに使ってください。"
        "時計のずれにより、取りこぼしが生じます。",
    ),
    Advice.OTHER_TIME: (
        "It sends times as added_after that no answer gave it, such as an object's modified or the same day each time:"
        " it reads again what it has. Let it send the X-TAXII-Date-Added-Last of the last answer.",
        "added_afterに、応答で渡していない時刻（オブジェクトのmodifiedや毎回同じ日付など）を指定しているため、同じものを読み直しています。"
        "直前の応答のX-TAXII-Date-Added-Lastを指定してください。",
    ),
    Advice.STARTS_OVER: (
        "It reads from the beginning each time. Let it send added_after with the X-TAXII-Date-Added-Last of the last"
        " answer.",
        "毎回はじめから読み直しています。直前の応答のX-TAXII-Date-Added-Lastをadded_afterに指定してください。",
    ),
    Advice.DROPS_NEXT: (
        "It leaves off although the answer said more. Let it follow next until there is no more.",
        "応答に続きがあるのに読んでいません。moreがなくなるまでnextをたどってください。",
    ),
    Advice.POLLS_FAST: (
        "It asks several times a second though nothing is new. Once a minute is enough.",
        "新しいものがないのに、1秒に何度も問い合わせています。1分に1回で十分です。",
    ),
    Advice.BAD_QUERY: (
        "Its query was not understood; what was expected stands beside the request.",
        "検索条件を解釈できませんでした。期待される内容は各行に示しています。",
    ),
    Advice.BAD_NEXT: (
        "It sent a next that was not given to this key for this collection, or with other filters. Let it start again"
        " with added_after.",
        "このキー・コレクション・条件に対して発行されていないnextを送っています。added_afterを指定して、はじめからやり直してください。",
    ),
    Advice.BAD_BODY: (
        "What it posts could not be used as a whole; what was expected stands beside the request.",
        "登録しようとした内容を、全体として受け付けられませんでした。期待される内容は各行に示しています。",
    ),
    Advice.SOME_REFUSED: (
        "Objects that it posts are refused though the answer is 202. Let it read failures in the status: each says"
        " where, what was expected and what was found.",
        "応答は202でも、登録したオブジェクトの一部または全部が拒否されています。statusのfailuresを読んでください。"
        "それぞれに場所、期待される内容、実際の内容を示しています。",
    ),
    Advice.NO_RIGHT: (
        "The key may not do this: look at its scopes, and whether the collection takes posts from its holder.",
        "このキーには権限がありません。キーの権限と、コレクションの書き込み権限を確認してください。",
    ),
    Advice.NOT_THERE: (
        "The address names something that this key does not see. Copy the id of the collection from the list at"
        " /taxii2/hub/collections/.",
        "このキーから見えないものを指定しています。/taxii2/hub/collections/の一覧からコレクションのIDを写してください。",
    ),
    Advice.WRONG_METHOD: (
        "It uses a method that the address does not take. Is it set to TAXII 2.1?",
        "このアドレスでは使えないメソッドです。TAXII 2.1に設定されていますか。",
    ),
    Advice.WRONG_ACCEPT: (
        "It does not accept application/taxii+json;version=2.1. Set it to TAXII 2.1.",
        "application/taxii+json;version=2.1を受け付けない設定です。TAXII 2.1に設定してください。",
    ),
    Advice.WRONG_TYPE: (
        "It posts with another Content-Type than application/taxii+json;version=2.1, or compressed.",
        "Content-Typeがapplication/taxii+json;version=2.1でないか、本文が圧縮されています。",
    ),
    Advice.TOO_LARGE: (
        "It posts more than max_content_length at once. Let it send fewer objects in each post.",
        "1回の登録がmax_content_lengthを超えています。1回あたりの件数を減らしてください。",
    ),
    Advice.BUSY: (
        "The hub could not take it just then. Let it try again after the seconds in Retry-After.",
        "ハブが一時的に受け付けられませんでした。Retry-Afterの秒数の後に、もう一度送ってください。",
    ),
}
