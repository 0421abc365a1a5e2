"""The story in eleven steps, each a function of the stage; it is true when each finds what it expects."""

from value_stream import ordering
from value_stream.timeline import HEAD, Timeline

STEPS = [
    ("master data goes out and comes back with the other sides' ids", ordering.master_data),
]


def play(stage, until=None, say=print):
    """Play the steps in order; raises Untrue at the first one that is not. Returns how many were true."""
    timeline = Timeline(stage)
    say(HEAD)
    for number, (title, step) in enumerate(STEPS[:until], start=1):
        say(f"{number:>4}  {title}")
        step(stage)
        for line in timeline.lines(number):
            say(line)
    return len(STEPS[:until])
