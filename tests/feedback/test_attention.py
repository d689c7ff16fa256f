from salience.events import Click, Impression, Outcome
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
