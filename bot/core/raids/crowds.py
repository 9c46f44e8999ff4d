"""Which messages of the last minutes say the same, and which of them are put to the model. Bookkeeping in memory.

Messages that say the same are a crowd. From the third on it is an incident: its members wait while a few are judged,
the first ones and later the farthest from them. If these break a rule the others follow, flagged; if they keep to the
rules the crowd dissolves, and each member is judged by itself; if they disagree the crowd splits.

Nothing here waits for anything: a change is made at once, and what is to be written and done about it is handed back.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.core.raids.crowd import (
    EXEMPLARS,
    FORMS_AT,
    MOST_EXEMPLARS,
    WINDOW,
    Changes,
    Crowd,
    Move,
    Rule,
    Seat,
    next_move,
)
from bot.domain.case import Case
from bot.domain.events import Message
from bot.domain.ids import MessageRef
from bot.domain.inbox import InboxItem
from bot.domain.incident import Incident, IncidentId, IncidentState, MemberState
from bot.domain.texts.text import MAX_CHARACTERS
from bot.domain.verdict import Verdict
from bot.ports.recent_texts import Like, RecentTexts

_FAR = 4
_UNLIKE = 1_000
MOST_CROWDS = 20_000
"""Crowds of all communities, the oldest forgotten first but for incidents: each takes about 2 KB."""
_UNJUDGED = frozenset({MemberState.HELD, MemberState.ASKED})


class Crowds:
    """All crowds of all communities."""

    def __init__(self, recent: RecentTexts) -> None:
        self._recent = recent
        self._crowd_of: dict[MessageRef, Crowd] = {}
        self._crowds: OrderedDict[int, Crowd] = OrderedDict()

    def of(self, ref: MessageRef) -> Crowd | None:
        """Return the crowd that a message is in."""
        return self._crowd_of.get(ref)

    def like(self, message: Message) -> Crowd | None:
        """Return the crowd that says the same as a message, without giving the message a seat in it."""
        text = message.judged_text
        likes = self._recent.like(message.community, text) if text.strip() and len(text) <= MAX_CHARACTERS else ()
        return next((crowd for like in likes if (crowd := self._crowd_of.get(like.ref)) is not None), None)

    def named(self, incident: IncidentId) -> Crowd | None:
        """Return the crowd that is this incident, while it is remembered."""
        return next((crowd for crowd in self.all() if crowd.formed.id == incident), None)

    def all(self) -> Iterator[Crowd]:
        """Go through the crowds that are incidents."""
        return iter([crowd for crowd in self._crowds.values() if crowd.incident is not None])

    def arrive(self, item: InboxItem, message: Message, now: datetime) -> tuple[Seat | None, Changes]:
        """Give a message its seat; None for one whose text can't be compared, which stands alone."""
        text, changes = message.judged_text, Changes()
        if item.report is not None or not text.strip() or len(text) > MAX_CHARACTERS:
            return None, changes
        self._prune(now)
        likes = self._recent.like(message.community, text)
        crowd = self._gathered(likes, now, changes) or self._new(message)
        seat = Seat.of(item.key, message, apart=likes[0].edits if likes else 0)
        self._sit(crowd, seat, now)
        self._keep_text(crowd, seat, now)
        self._place(crowd, seat, now, changes)
        return seat, changes

    def judged(self, ref: MessageRef, standing: MemberState, rule: Rule | None, verdict: Verdict | None) -> Changes:
        """Take note of what became of a message that was put to the model."""
        changes, crowd = Changes(), self._crowd_of.get(ref)
        seat = crowd.seats.get(ref) if crowd is not None else None
        if crowd is None or seat is None or seat.standing not in _UNJUDGED:
            return changes
        seat.standing, seat.rule = standing, rule
        if verdict is not None and crowd.verdict is None:
            crowd.verdict, crowd.verdict_of = verdict, ref
        self._advance(crowd, changes)
        return changes

    def left(self, ref: MessageRef) -> Changes:
        """Take out a message that was edited, deleted or given up."""
        changes, crowd = Changes(), self._crowd_of.get(ref)
        if crowd is None or crowd.seats[ref].standing not in _UNJUDGED:
            return changes
        del self._crowd_of[ref], crowd.seats[ref]
        if crowd.incident is not None:
            changes.left.append(ref)
        self._advance(crowd, changes)
        return changes

    def dissolve(self, crowd: Crowd) -> Changes:
        """End an incident by a person's word: whoever waits is judged by itself, and so is who comes later.

        A crowd that was not one yet becomes none.
        """
        changes = Changes()
        if crowd.incident is None:
            crowd.dissolved = True
        elif not crowd.dissolved:
            self._dissolve(crowd, changes)
        return changes

    def restore(
        self, incident: Incident, seats: Iterable[tuple[Seat, str]], case: Case | None, now: datetime
    ) -> Changes:
        """Take an incident up again after a start; what was being judged is judged anew."""
        changes = Changes()
        crowd = Crowd(community=incident.community, last=now, incident=incident, case=case.number if case else None)
        for seat, text in seats:
            seat.text = text
            self._sit(crowd, seat, now)
            if text:
                self._keep_text(crowd, seat, now)
        self._advance(crowd, changes)
        return changes

    def _gathered(self, likes: tuple[Like, ...], now: datetime, changes: Changes) -> Crowd | None:
        """Return the crowd of the most alike; others that the message is like as well unite with it."""
        found = list(dict.fromkeys(crowd for like in likes if (crowd := self._crowd_of.get(like.ref)) is not None))
        live = [crowd for crowd in found if now - crowd.last <= WINDOW]
        if not live:
            return None
        first, *others = live
        for other in others:
            if first.may_unite(other):
                larger, smaller = sorted((first, other), key=lambda crowd: -len(crowd.seats))
                first = self._unite(larger, smaller, changes)
        return first

    def _unite(self, larger: Crowd, smaller: Crowd, changes: Changes) -> Crowd:
        larger.take_in(smaller)
        for ref in smaller.seats:
            self._crowd_of[ref] = larger
        self._crowds.pop(id(smaller), None)
        if smaller.incident is not None:
            smaller.change(IncidentState.DISSOLVED)
            changes.incidents.append(smaller.incident)
        if larger.incident is not None:
            changes.members += [seat.member(larger.incident.id) for seat in smaller.seats.values()]
        self._advance(larger, changes)
        return larger

    def _new(self, message: Message) -> Crowd:
        return Crowd(community=message.community, last=message.sent_at)

    def _sit(self, crowd: Crowd, seat: Seat, now: datetime) -> None:
        crowd.add(seat)
        crowd.last = now
        self._crowd_of[seat.ref] = crowd
        self._crowds.pop(id(crowd), None)
        self._crowds[id(crowd)] = crowd

    def _keep_text(self, crowd: Crowd, seat: Seat, now: datetime) -> None:
        """Let later texts be compared with this one: enough of a crowd's to find it by, and those at its edge."""
        if crowd.kept < EXEMPLARS or (seat.apart >= _FAR and crowd.kept < MOST_EXEMPLARS):
            crowd.kept += 1
            self._recent.put(seat.ref, seat.text, now)

    def _place(self, crowd: Crowd, seat: Seat, now: datetime, changes: Changes) -> None:
        if crowd.dissolved or len(crowd.seats) < FORMS_AT:
            seat.standing = MemberState.ASKED
            return
        if crowd.incident is None:
            crowd.form(now)
            seat.standing = MemberState.HELD
            changes.incidents.append(crowd.formed)
            changes.members += [other.member(crowd.formed.id) for other in crowd.seats.values()]
        elif crowd.incident.state is IncidentState.OPEN:
            seat.standing = MemberState.HELD
        else:
            seat.standing = MemberState.ASKED if crowd.wants_another(seat) else MemberState.FOLLOWS
        self._advance(crowd, changes, arriving=seat)
        home = self._crowd_of[seat.ref]
        if not home.dissolved:
            changes.members.append(seat.member(home.formed.id))

    def _advance(self, crowd: Crowd, changes: Changes, arriving: Seat | None = None) -> None:
        """Make the moves that are due. What is freed on the way is handed back, but for the one that just arrives."""
        move = next_move(crowd)
        if move is Move.ASK:
            seat = max(crowd.standing(MemberState.HELD), key=lambda seat: seat.apart)
            seat.standing = MemberState.ASKED
            changes.members.append(seat.member(crowd.formed.id))
            changes.freed += [seat.key] if seat is not arriving else []
        elif move is Move.DISSOLVE:
            self._dissolve(crowd, changes, arriving)
        elif move is Move.SPLIT:
            self._split(crowd, changes, arriving)
            self._advance(crowd, changes, arriving)
        elif move is Move.FIND:
            self._find(crowd, changes, arriving)

    def _find(self, crowd: Crowd, changes: Changes, arriving: Seat | None) -> None:
        rule = crowd.outcome
        if crowd.formed.state is IncidentState.OPEN and rule is not None:
            crowd.change(IncidentState.FOUND, rule)
            changes.incidents.append(crowd.formed)
        for seat in crowd.standing(MemberState.HELD):
            seat.standing, seat.text = MemberState.FOLLOWS, ""
            changes.members.append(seat.member(crowd.formed.id))
            changes.freed += [seat.key] if seat is not arriving else []
        changes.found.append(crowd)

    def _dissolve(self, crowd: Crowd, changes: Changes, arriving: Seat | None = None) -> None:
        crowd.change(IncidentState.DISSOLVED)
        changes.incidents.append(crowd.formed)
        for seat in crowd.standing(MemberState.HELD):
            seat.standing = MemberState.ASKED
            changes.left.append(seat.ref)
            changes.freed += [seat.key] if seat is not arriving else []

    def _split(self, crowd: Crowd, changes: Changes, arriving: Seat | None) -> None:
        """Keep what most of the judged break together; what is nearer to the others is judged by itself from now on."""
        rules = Counter(seat.rule for seat in crowd.judged if seat.rule is not None)
        kept = rules.most_common(1)[0][0]
        judged = crowd.judged
        away = Crowd(community=crowd.community, last=crowd.last, dissolved=True)
        for seat in [seat for seat in crowd.seats.values() if self._belongs_away(seat, judged, kept)]:
            held = seat.standing is MemberState.HELD
            del crowd.seats[seat.ref]
            if held:
                seat.standing = MemberState.ASKED
                changes.freed += [seat.key] if seat is not arriving else []
            self._sit(away, seat, crowd.last)
            changes.left.append(seat.ref)
        crowd.was_split = True

    def _belongs_away(self, seat: Seat, judged: list[Seat], kept: Rule) -> bool:
        if seat in judged:
            return seat.rule != kept
        if seat.standing is not MemberState.HELD:
            return False
        nearest = min(judged, key=lambda other: self._apart(seat, other))
        return nearest.rule != kept

    def _apart(self, one: Seat, other: Seat) -> int:
        edits = self._recent.edits(one.text, other.text)
        return _UNLIKE if edits is None else edits

    def _prune(self, now: datetime) -> None:
        """Forget crowds that nobody joined for long; those with members who wait are kept."""
        self._recent.forget(now - WINDOW)
        kept = []
        while self._crowds:
            crowd = next(iter(self._crowds.values()))
            is_recent = now - crowd.last <= WINDOW
            if is_recent and len(self._crowds) <= MOST_CROWDS:
                break
            del self._crowds[id(crowd)]
            if crowd.incident is not None and (
                is_recent or any(seat.standing in _UNJUDGED for seat in crowd.seats.values())
            ):
                kept.append(crowd)
                continue
            for ref in crowd.seats:
                self._crowd_of.pop(ref, None)
        for crowd in reversed(kept):
            self._crowds[id(crowd)] = crowd
            self._crowds.move_to_end(id(crowd), last=False)
