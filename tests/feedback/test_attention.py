from salience.events import Click, Exposure, Impression, Outcome
from salience.feedback import Attention, AttentionLedger


def test_attention_is_spent_by_slot_and_earns_by_slot() -> None:
    ledger = AttentionLedger()
    ledger.apply(Impression(id="1", user="ann", slot="home", decision="d", visible_ms=30_000))
    ledger.apply(Click(id="2", user="ann", slot="home", decision="d", item="tea"))
    ledger.apply(Outcome(id="3", user="ann", slot="mail", decision="e", value=0.5))
    ledger.apply(Click(id="4", user="ann", item="tea"))
    home, mail = ledger.slots()["home"], ledger.slots()["mail"]
    assert home == Attention(impressions=1, visible_ms=30_000, clicks=1, value=1.0)
    assert home.value_per_minute == 2.0
    assert mail.value_per_minute is None
    assert set(ledger.slots()) == {"home", "mail"}


def test_exposures_of_a_slot_count_once_and_those_of_its_items_only_without_it() -> None:
    ledger = AttentionLedger()
    for number, (slot, item) in enumerate([("row", ""), ("row", "a"), ("row", "b"), ("bare", "a"), ("bare", "b")]):
        ledger.apply(Exposure(id=str(number), user="ann", slot=slot, item=item, visible_ms=1_000))
    assert {slot: account.visible_ms for slot, account in ledger.slots().items()} == {"row": 1_000, "bare": 2_000}
