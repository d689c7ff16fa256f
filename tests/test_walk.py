"""The walk: one shop, one click, one request, one outcome, and the policy has moved. Read this first."""

from salience import Engine
from salience.events import RecommendRequest


def test_one_event_and_one_recommendation_walk_round_the_loop() -> None:
    with Engine.in_memory() as engine:
        # The shop describes two teas. Somebody buys one of them.
        receipt = engine.collect(
            [
                {"kind": "item", "id": "i1", "item": "green", "title": "Green tea", "categories": ["tea"]},
                {"kind": "item", "id": "i2", "item": "black", "title": "Black tea", "categories": ["tea"]},
                {"kind": "purchase", "id": "e1", "user": "ann", "item": "green"},
            ],
            source="test",
        )
        assert [result.status for result in receipt.results] == ["stored", "stored", "stored"]

        # Sending it again changes nothing: an id counts once, for ever.
        again = engine.collect([{"kind": "purchase", "id": "e1", "user": "ann", "item": "green"}], source="test")
        assert (again.stored, again.duplicate) == (0, 1)

        # Bob is new. He gets what is popular, is told so, and in one of two layouts, drawn with a known probability.
        request = RecommendRequest(user="bob", k=1, layouts=("posters", "list"), explore=False)
        answer = engine.recommend(request)
        assert answer.items[0].title == "Green tea"
        assert answer.items[0].reason.text == "Popular right now"
        assert answer.rung == "popular"
        assert answer.why_rung == "no model is published yet"
        assert answer.layout is not None
        assert answer.layout.probability == 0.5

        # What was answered is in the log, with everything that is needed to judge it later.
        logged = engine.explain(answer.decision).decision
        assert logged.layout == answer.layout
        assert logged.items[0].probability == 1.0

        # Bob clicks. The layout that he was shown has earned its first reward ...
        engine.collect(
            [{"kind": "click", "id": "e2", "user": "bob", "item": "green", "decision": answer.decision}], source="test"
        )
        arms = {arm.name: arm for arm in engine.pulse().arms}
        shown = arms[answer.layout.chosen]
        assert (shown.trials, shown.reward) == (1, 1.0)

        # ... so it is likelier the next time; and Bob has seen the green tea, so the next answer is the black one.
        answer = engine.recommend(request)
        assert answer.items[0].title == "Black tea"
        assert answer.layout is not None
        assert answer.layout.probabilities[answer.layout.offered.index(shown.name)] > 0.6

        # Nothing is unaccounted for.
        assert engine.pulse().balanced
