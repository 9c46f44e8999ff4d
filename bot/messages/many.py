"""What a card says of several: messages that share a case, what each of a wave said, and who reported it."""

from bot.domain.card import Card, Gathering, Reported, WaveMessage
from bot.messages.catalogue import Catalogue, Said
from bot.messages.drawing import LONGEST_NAME, LONGEST_RATIONALE, Drawing
from bot.messages.readable import plain_line

_SHOWN_REPORTS = 3
_SHOWN_OF_WAVE = 5
_LONGEST_LISTED = 120


def shared(card: Card, catalogue: Catalogue) -> str:
    """Return how many messages the case is about and what they have in common; of copies also who sent them."""
    if card.kind is Gathering.ONE or card.copies == 1:
        return ""
    shared = catalogue.say(f"card.{card.kind.value}", count=card.copies)
    if card.kind in (Gathering.LINES, Gathering.ACCOUNT):
        return shared
    return catalogue.say("card.from_accounts", what=shared, count=card.authors)


def listed(card: Card, catalogue: Catalogue) -> tuple[str, ...]:
    """Return what the other messages of a wave said, and who wrote them: a few, then how many more there are."""
    others = [each for each in card.wave if each.ref != card.case.ref]
    if not others:
        return ()
    if card.severe:
        return (catalogue.say("card.wave_hidden"),)
    shown = tuple(wave_line(each, catalogue, _LONGEST_LISTED) for each in others[:_SHOWN_OF_WAVE])
    left = len(others) - len(shown)
    return (*shown, catalogue.say("not_done.more", count=left)) if left else shown


def wave_line(message: WaveMessage, catalogue: Catalogue, longest: int) -> Said:
    """Return one message of a wave on a line: who wrote it, what it said, and whether it is gone."""
    name = plain_line(message.author_name or message.author, LONGEST_NAME)
    text = plain_line(message.text, longest) if message.text is not None else catalogue.say("card.text_gone")
    return catalogue.say("card.wave_entry_gone" if message.is_gone else "card.wave_entry", name=name, text=text)


def reported(card: Card, catalogue: Catalogue, drawing: Drawing) -> str:
    """Return who reported it, in whose words: those with words first; the others are counted."""
    known = {report.by for report in card.reports}
    rest = (Reported(by=person, words="") for person in card.case.reported_by if person not in known)
    every = sorted((*card.reports, *rest), key=lambda report: not report.words.strip())
    shown = [_report(report, catalogue, drawing) for report in every[:_SHOWN_REPORTS]]
    if len(every) > len(shown):
        shown.append(catalogue.say("not_done.more", count=len(every) - len(shown)))
    return "; ".join(shown)


def _report(report: Reported, catalogue: Catalogue, drawing: Drawing) -> Said:
    words = plain_line(report.words, LONGEST_RATIONALE)
    if report.by is None:
        return catalogue.say("reported.unnamed_words", words=words) if words else catalogue.say("reported.unnamed")
    member = plain_line(drawing.name(report.by), LONGEST_NAME)
    if not words:
        return catalogue.say("reported.by", member=member)
    return catalogue.say("reported.by_words", member=member, words=words)
