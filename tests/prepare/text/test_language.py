"""Languages, told from one sentence."""

from __future__ import annotations

import pytest

from salience.prepare.text import language

SENTENCES = {
    "en": "The delivery was late, but the tea is what I wanted.",
    "de": "Die Lieferung war zu spät, aber der Tee ist sehr gut.",
    "fr": "La livraison était en retard mais le thé est très bon.",
    "es": "La entrega llegó tarde pero el té es muy bueno.",
    "it": "La consegna è arrivata tardi, ma il tè è molto buono.",
    "pt": "A entrega chegou tarde, mas o chá é muito bom e não é caro.",
    "nl": "De levering was te laat, maar de thee is heel goed.",
    "sv": "Leveransen var sen men det är ett mycket bra te.",
    "pl": "Dostawa była późno, ale herbata jest bardzo dobra i nie jest droga.",
    "tr": "Teslimat geç geldi ama çay çok iyi ve bu fiyat için iyi.",
    "vi": "Giao hàng trễ nhưng trà rất ngon và không đắt.",
    "id": "Pengiriman terlambat tetapi teh ini sangat enak dan tidak mahal.",
    "zh": "送餐很慢，但是奶茶很好喝。",
    "ja": "配達は遅かったけど、お茶は美味しかった。",
    "ko": "배달은 늦었지만 차는 맛있었어요.",
    "ru": "Доставка опоздала, но чай очень хороший.",
    "uk": "Доставка запізнилася, але її чай дуже добрий.",
    "el": "Η παράδοση άργησε, αλλά το τσάι είναι καλό.",
    "ar": "تأخر التوصيل لكن الشاي جيد.",
    "he": "המשלוח איחר אבל התה טוב.",
    "hi": "डिलीवरी देर से आई लेकिन चाय अच्छी है।",
    "th": "ส่งช้าแต่ชาอร่อย",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_is_enough(code: str) -> None:
    assert language(SENTENCES[code]).code == code


@pytest.mark.parametrize("text", ["", "12345", "XR-500 Pro Max", "Sony WH1000", "!!!"])
def test_names_and_numbers_have_no_language(text: str) -> None:
    assert language(text).code == "und"


def test_a_brand_in_a_chinese_sentence_does_not_make_it_english() -> None:
    assert language("这个 iPhone 手机壳很好").code == "zh"
