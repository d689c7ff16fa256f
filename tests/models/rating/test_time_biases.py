import numpy as np

from salience.models.rating.time_biases import DAY, Drift, PeriodBias, keys_of


def test_a_bias_belongs_to_a_code_and_a_period() -> None:
    bias = PeriodBias(7, keys_of(np.array([0, 1]), np.array([0, 8 * DAY]), 7), np.array([0.5, -0.5]))
    codes, days = np.array([0, 0, 1, 1, 9]), np.array([6, 7, 13, 0, 500])
    assert bias.at(codes, days * DAY).tolist() == [0.5, 0, -0.5, 0, 0]


def test_it_finds_what_the_days_are_like() -> None:
    rng = np.random.default_rng(0)
    days = np.repeat(np.arange(20), 50)
    truth = rng.normal(size=20)
    errors = truth[days] + rng.normal(size=1000) * 0.1
    drift = Drift(np.zeros(1000, np.int32), days * DAY, days=1)
    for _ in range(20):
        drift.draw(errors, 100.0, rng)
    for _ in range(50):
        drift.draw(errors, 100.0, rng)
        drift.keep(1 / 50)
    kept = drift.kept()
    np.testing.assert_allclose(kept.at(np.zeros(20, np.int32), np.arange(20) * DAY), truth, atol=0.1)


def test_no_period_no_bias() -> None:
    empty = PeriodBias(1, np.zeros(0, np.int64), np.zeros(0))
    assert empty.at(np.array([1]), np.array([5])).tolist() == [0]
