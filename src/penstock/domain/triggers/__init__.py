"""Triggers as folds over events.

    seen, and an event or the time  ->  what has been seen now, and what fired

# Terms

- An event *concerns* a trigger if its resource meets `match`, each of `match_related` is met by one of its
  related resources, it has every label of `for_each`, and its name is in `expect` or in `after`. No
  `expect`: every name.
- Everything below is by *key*: the values of `for_each`. What has one key knows nothing of another.
- An event's *moment* is when it occurred, though never later than it was received: nobody's clock is
  trusted to be ahead. Its *turn* is when it is evaluated. Turns are in no order of moments, though mostly
  they agree.
- `within` is called *w*. An event whose id is among what has been kept is the same one, and counts for
  nothing.
- To *start over* is to forget all of the above for that key.

# Reactive

An event in `expect` *counts* at its turn if there is no `after`, or if the newest event of `after` that had
its turn before since the trigger started over has a moment at most w before it, and not after it (w = 0:
any time before). Of what counts, all is kept whose moment is at most 2 w before the newest moment kept,
events of `after` among them. It *fires* when of those that are kept `threshold` lie in a span of w, ends
included (w = 0: anywhere); it is they that are named, the newest if there are several such spans. Then it
starts over, so that an `after` must come again. An event in both `expect` and `after` counts first.

    threshold 3, within 10:   0  4  9            fires at 9
                              0  4  11  12       fires at 12, by 4, 11 and 12
                              0  9  4            fires when 4 has its turn: late, but it counts
                              30 4               4 is more than 20 too late
    after A, expect B, within 10:   A0  B10      fires at 10
                                    A0  A5  B12  fires: 5 is the newest
                                    B1  A0       does not: B had its turn before A

A threshold of 1 without `after` keeps nothing.

# Proactive

A *window* opens at a moment s, and has its deadline at s + w. Expected events count in it whose moments lie
from s to the deadline, both included. With `threshold` of them it is *satisfied*, and over. It *expires* at
the turn of an event whose moment is after the deadline, or when the server's time has reached it: then the
trigger fires, with the deadline as its time. Never before: moments are not later than the server's time.

- With `after`, one of these events opens a window at its moment unless one is open. So while one is open,
  more of them postpone nothing; after it was satisfied or has expired, the next opens the next.
- Without `after`, with `for_each`, it is as if `after` were `expect`: who was heard of once must be heard
  of again.
- With neither, the first window opens at `start`, and then there is always one. After a satisfied one the
  next opens at the event that satisfied it; after one that expired, at its deadline, or, if more than w
  went by unnoticed, at the last of the deadlines that would have followed: one firing tells of all of them.

An expected event counts first, and then opens a window if it is one to do that: so heartbeats are a chain
of windows. A firing is *over* (`Resolved`) when `threshold` expected events had their turns whose moments
are not before the start of the window that fired: those that were in it, though too few, and those that
came late, or after. If another window expires before, that takes its place.

    after A, expect B, within 60:   A0  B60          nothing
                                    A0  (60)         fires at 60;  B61 later: Resolved
                                    A0  A50  (60)    fires at 60: the second A postpones nothing
    after H, expect H, within 60:   H0  H50  (110)   fires at 110; H120: Resolved, the next deadline is 180

# Compound and sequence

What counts are the firings of their own triggers; `Resolved` is none of their business. A firing's moment
is its time (`Firing.fired`), or that of the newest before it since they started over, if that is later. A
compound keeps the newest firing of each trigger, and fires when it has those of `require` triggers at most
w before the newest. A sequence fires when each trigger has fired, with turns in their order, the first at
most w before the last. Without `within` anything goes. Then they start over, and what is left of the same
event is not counted any more: an event makes them fire at most once. Their labels are those of their parts;
where two have the same, the later part's.

# Metric

Measured is what the events of runs tell (`metric.measurement`). Time is cut in slices of a 60th of `range`;
the value at a moment is the mean over the slice of that moment and the 59 before. A trigger looks at the
value at each event that adds to it, and whenever a slice leaves the range. It fires when the value has been
beyond the threshold each time for `firing_for`, and is over when it no longer is, or when there is nothing
to measure. Where `firing_for` ends at the very moment of an event, it fires before the event counts.

# Forgetting

All of it is bounded: a key keeps at most some three times `threshold` samples, a compound one firing a
trigger. Keys are dropped an hour after what they keep could still count with an event that occurs now; what
has no limit in time 90 days after the last event, if the trigger has `for_each`. What one has seen that is
dropped is as if never seen.
"""

from penstock.domain.automation_checks import check_automation, check_trigger, unchanged
from penstock.domain.automation_reading import automation_from, trigger_from
from penstock.domain.triggers.evaluation import expire, needed, needed_when_due, observe, start
from penstock.domain.triggers.interests import Interests
from penstock.domain.triggers.seen import (
    Bucket,
    BucketId,
    Changes,
    Firing,
    FiringState,
    Seen,
    as_state,
    seen_from,
)
from penstock.domain.triggers.watch import Watch

__all__ = [
    "Bucket",
    "BucketId",
    "Changes",
    "Firing",
    "FiringState",
    "Interests",
    "Seen",
    "Watch",
    "as_state",
    "automation_from",
    "check_automation",
    "check_trigger",
    "expire",
    "needed",
    "needed_when_due",
    "observe",
    "seen_from",
    "start",
    "trigger_from",
    "unchanged",
]
