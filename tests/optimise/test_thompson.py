import numpy as np

from salience.optimise import Arm, Thompson
from salience.optimise.thompson import chance_of_best
from tests.optimise.policy_suite import PolicySuite


class TestThompson(PolicySuite):
    policy = Thompson(floor=0.02)
    floor = 0.02


def test_the_chance_of_being_best_is_that_of_sampling_the_posteriors() -> None:
    arms = [Arm("a", 20, 8), Arm("b", 50, 12), Arm("c", 3, 1), Arm("d", 2000, 700)]
    rng = np.random.default_rng(0)
    draws = np.stack([rng.beta(1 + a.reward, 1 + a.trials - a.reward, 400_000) for a in arms])
    sampled = np.bincount(draws.argmax(axis=0), minlength=4) / 400_000
    assert np.abs(chance_of_best(arms) - sampled).max() < 4 * np.sqrt(0.25 / 400_000)


def test_it_finds_the_better_arm_and_its_importance_weights_average_to_one() -> None:
    rng = np.random.default_rng(3)
    truth, record = np.array([0.10, 0.15]), [Arm("a"), Arm("b")]
    policy, chosen, weights = Thompson(floor=0.02), [], []
    for _ in range(4_000):
        p = policy.probabilities(record)
        arm = int(rng.random() > p[0])
        chosen.append(arm)
        weights.append(0.5 / p[arm])
        old = record[arm]
        record[arm] = Arm(old.name, old.trials + 1, old.reward + float(rng.random() < truth[arm]))
    assert np.mean(chosen[2_000:]) > 0.8
    standard_error = np.std(weights) / np.sqrt(len(weights))
    assert abs(np.mean(weights) - 1) < 4 * standard_error
