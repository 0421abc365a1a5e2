"""Half were faster than …: from a histogram."""

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from sync_engine import quantiles


def histogram_of(values):
    counts = [0] * (len(quantiles.BOUNDS) + 1)
    for value in values:
        counts[sum(value >= bound for bound in quantiles.BOUNDS)] += 1
    return counts


def test_nothing_has_no_half():
    assert quantiles.quantile(histogram_of([]), 0.5, 0) is None


@given(st.lists(st.floats(0, 200_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_the_answer_is_in_the_bucket_of_the_true_one(values, share):
    answer = quantiles.quantile(histogram_of(values), share, max(values))
    true = sorted(values)[math.ceil(share * len(values)) - 1]
    low, high = next(pair for pair in pairwise((0.0, *quantiles.BOUNDS, math.inf)) if pair[0] <= true < pair[1])
    assert low <= answer <= min(high, max(values))
