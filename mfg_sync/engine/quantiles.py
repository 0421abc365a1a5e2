"""Half were faster than …, 95 of 100 were faster than …: from a histogram, in plain Python."""

#: seconds between two buckets; the first begins at 0, the last one has no end
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)


def quantile(histogram, share, most):
    """So many seconds at the most took this share of what was counted; None when nothing was.

    :param list histogram: counts, one more than there are :data:`BOUNDS`
    :param float share: 0 to 1
    :param float most: the largest of them, which no answer exceeds
    """
    total = sum(histogram)
    if not total:
        return None
    wanted, below = share * total, 0
    edges = (0.0, *BOUNDS, max(most, BOUNDS[-1]))
    for count, low, high in zip(histogram, edges[:-1], edges[1:], strict=True):
        if count and below + count >= wanted:
            # as if they were spread evenly in their bucket
            return min(low + (high - low) * (wanted - below) / count, high, most)
        below += count
    return most
