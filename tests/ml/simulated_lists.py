"""Lists of a department in which it is known what being listed does; as a program, how much of it could be seen.

Run with: python tests/ml/simulated_lists.py
"""

import numpy as np

from ml.effect import Jump, estimate_jump


class Lists:
    """Lists of the officers with the highest risk, month by month; being listed averts a share of what would happen."""

    def __init__(self, seed: int, officers: int, size: int, lists: int, averted: float = 0.0) -> None:
        random = np.random.default_rng(seed)
        lasting = random.beta(1.2, 9, officers)
        parts = []
        for _ in range(lists):
            risk = 1 / (1 + (1 - lasting) / lasting * np.exp(random.normal(0, 0.4, officers)))
            rank = np.argsort(np.argsort(-risk))
            listed, near = rank < size, rank < 4 * size
            end = np.sort(risk)[::-1][size - 1 : size + 1].mean()
            happened = random.random(officers) < risk * (1 - averted * listed)
            # A bad year puts officers on the list; the year before shows it, and the year after does not.
            before = random.random(officers) < np.minimum(1, 1.5 * risk)
            parts.append([a[near] for a in (risk - end, listed, happened, before, np.arange(officers), rank)])
        self.distance, self.listed, happened, before, self.officers, rank = map(
            np.concatenate, zip(*parts, strict=True)
        )
        self.happened, self.before = happened.astype(float), before.astype(float)
        self.around = rank < 2 * size

    def estimate(self) -> Jump:
        jump = estimate_jump(self.distance, self.listed, self.happened, self.officers)
        assert jump is not None
        return jump


def main(draws: int = 100) -> None:
    """A table for docs/methodology/use_and_effect.md."""
    print("| officers | list | lists | usual | could be seen, of it | intervals that hold the truth |")
    print("|---|---|---|---|---|---|")
    for officers, size, lists in (
        (1_000, 50, 3),
        (1_000, 50, 12),
        (1_000, 50, 36),
        (12_000, 100, 36),
        (12_000, 600, 12),
    ):
        jumps = [Lists(seed, officers, size, lists).estimate() for seed in range(draws)]
        level = np.mean([jump.level for jump in jumps])
        seen = np.mean([jump.detectable for jump in jumps]) / level
        holds = np.mean([jump.difference.low <= 0 <= jump.difference.high for jump in jumps])
        print(f"| {officers:,} | {size} | {lists} | {level:.2f} | {seen:.0%} | {holds:.0%} |")


if __name__ == "__main__":
    main()
