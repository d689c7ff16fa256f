from __future__ import annotations

import numpy as np

from salience.optimise.experiments.maturing import maturing


def _arms(effect: list[float], n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(17)
    control, treated = rng.normal(1, 1, (n, len(effect))), rng.normal(1, 1, (n, len(effect))) + effect
    for rows in (control, treated):
        rows[n // 2 :, 10:] = np.nan  # half of them came later
    return control, treated


def test_an_effect_of_novelty_is_said_to_fade() -> None:
    found = maturing(*_arms([0.4 / (1 + day) for day in range(14)]))
    assert "fades" in found.said
    assert found.trend < 0
    assert found.days[12].units == 3000
    assert found.days[0].units == 6000


def test_a_steady_effect_and_none_at_all_are_not_called_a_trend() -> None:
    assert "no sign" in maturing(*_arms([0.2] * 14)).said
    assert "no sign" in maturing(*_arms([0.0] * 14)).said
    assert "too few" in maturing(*_arms([0.2])).said
