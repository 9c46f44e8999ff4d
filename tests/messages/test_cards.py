"""Cards, written out in full so that a reader sees what a moderator sees."""

from dataclasses import replace

from bot.domain.actions import Action, Mode, Outcome
from bot.domain.card import Card, Gathering, Reported
from bot.domain.case import CaseStatus, ReviewResult, RuleRecord
from bot.domain.decision import StoredEffect
from bot.domain.events import Origin, Part, PartKind
from bot.domain.ids import CategoryId, PersonId, PolicyId
from bot.domain.reasons import PlatformReason, Reason, StepCode, reason
from bot.domain.verdict import UndecidedReason, VerdictSource
from bot.messages.cards import ButtonCode, card_content
from bot.messages.catalogue import catalogue
from bot.messages.drawing import Drawing
from tests import factories as make

ENGLISH = catalogue("en")
SPAM = make.message("Cheap followers, only today: shop.example", by=make.author("42", name="Kim"))
SPAM_VERDICT = make.violates(
    "Cheap followers",
    rationale="It advertises a shop that has nothing to do with the channel.",
    reasoning="Secret thoughts.",
)


def stored(
    action: Action, outcome: Outcome | None = Outcome.APPLIED, why: Reason | None = None, **changes: object
) -> StoredEffect:
    """Return an effect on the spam message with its outcome; None for one that is under way."""
    effect = replace(make.effect(action, of=SPAM), **changes)  # type: ignore[arg-type]
    return StoredEffect(effect=effect, result=make.effect_result(effect, outcome, why=why) if outcome else None)


def removals(count: int, outcome: Outcome | None = Outcome.APPLIED, **changes: object) -> tuple[StoredEffect, ...]:
    """Return the removals of so many messages of one raid."""
    posts = [make.message("Cheap followers", id=f"m{number}", by=make.author(f"{number}")) for number in range(count)]
    effects = [replace(make.effect(of=post), **changes) for post in posts]  # type: ignore[arg-type]
    return tuple(
        StoredEffect(effect=each, result=make.effect_result(each, outcome) if outcome else None) for each in effects
    )


def spam_card(*effects: StoredEffect, **changes: object) -> Card:
    """Return the card of the spam message with these effects."""
    made = make.card(
        SPAM,
        case=make.case(12, of=SPAM),
        verdict=SPAM_VERDICT,
        decision=make.decision(SPAM),
        effects=effects,
        history=make.history("42", messages=3, joined_at=make.later(-2 * 86_400)),
        rule_title="Spam",
        policy_title="Advertising",
        record=RuleRecord(policy=PolicyId("spam"), category=CategoryId("advert"), right=9, wrong=2),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def drawn(card: Card, language: str = "en") -> str:
    """Draw a card as plain text: evidence in brackets, buttons below."""
    content = card_content(card, catalogue(language))
    quote = "".join(f"[{part.text}]" if part.is_evidence else part.text for part in content.quote.segments)
    lines = [quote if line == content.quote.text else line for line in content.lines()]
    pressable = " | ".join(button.label for button in content.buttons)
    return "\n".join([*lines, pressable]).strip() + "\n"


def test_a_removed_message() -> None:
    """The ordinary card: everything that was intended has happened."""
    card = spam_card(stored(Action.DELETE), stored(Action.NOTICE), stored(Action.FLAG))
    assert drawn(card) == (
        "Case 12 · Removed · Spam\n"
        "Kim · 42 · member for 2 days · 3 messages\n"
        "general · 2026-11-23 12:00 UTC\n"
        "[Cheap followers], only today: shop.example\n"
        "From the rules “Advertising” · the model was fairly sure · reviews found this rule right 9 of 11 times\n"
        "Why: It advertises a shop that has nothing to do with the channel.\n"
        "Done: message removed, author told\n"
        "Right | Wrong | Act… | More…\n"
    )


def test_the_same_card_in_german() -> None:
    """A community reads cards in its own language; the rationale is the model's own text."""
    card = spam_card(stored(Action.DELETE), stored(Action.NOTICE), stored(Action.FLAG))
    assert drawn(card, "de") == (
        "Fall 12 · Entfernt · Spam\n"
        "Kim · 42 · Mitglied: 2 Tage · 3 Nachrichten\n"
        "general · 2026-11-23 12:00 UTC\n"
        "[Cheap followers], only today: shop.example\n"
        "Aus den Regeln „Advertising“ · das Modell war sich ziemlich sicher · nach Prüfung 9 von 11 Malen richtig\n"
        "Warum: It advertises a shop that has nothing to do with the channel.\n"
        "Erledigt: Nachricht entfernt, Person informiert\n"
        "Richtig | Falsch | Handeln… | Mehr…\n"
    )


def test_a_practising_rule() -> None:
    """In shadow the card says plainly that nothing was done, and what it would have been."""
    shadow = reason(StepCode.SHADOW)
    card = spam_card(
        stored(Action.DELETE, Outcome.SIMULATED, shadow),
        stored(Action.TIMEOUT, Outcome.SIMULATED, shadow, seconds=600),
        stored(Action.NOTICE, Outcome.SIMULATED, shadow, seconds=600),
        stored(Action.FLAG),
        decision=make.decision(SPAM, mode=Mode.SHADOW, action=Action.TIMEOUT, wanted=Action.TIMEOUT),
        record=RuleRecord(policy=PolicyId("spam"), category=CategoryId("advert"), right=0, wrong=0),
    )
    assert drawn(card) == (
        "Case 12 · Practice · Spam\n"
        "Kim · 42 · member for 2 days · 3 messages\n"
        "general · 2026-11-23 12:00 UTC\n"
        "[Cheap followers], only today: shop.example\n"
        "From the rules “Advertising” · the model was fairly sure · not reviewed yet\n"
        "Why: It advertises a shop that has nothing to do with the channel.\n"
        "Nothing was done: this rule is only practising. In earnest: "
        "removing the message, a time-out for 10 minutes, a note to the author\n"
        "Right | Wrong | Act… | More…\n"
    )


def test_partial_failure_is_told() -> None:
    """The message went, the author could neither be timed out nor told: the card says both, and why."""
    card = spam_card(
        stored(Action.DELETE),
        stored(Action.TIMEOUT, Outcome.REFUSED, reason(PlatformReason.ROLE_ORDER), seconds=600),
        stored(Action.NOTICE, Outcome.FAILED, reason(PlatformReason.DIRECT_MESSAGES_CLOSED)),
        decision=make.decision(SPAM, action=Action.TIMEOUT, wanted=Action.TIMEOUT),
    )
    assert drawn(card).splitlines()[6:8] == [
        "Done: message removed",
        (
            "Not done: a time-out for 10 minutes (the member's role is above the bot's); "
            "a note to the author failed: the member takes no direct messages"
        ),
    ]


def test_a_limit_held_it_back() -> None:
    """Above the limits people are asked, and the card names what was held back."""
    card = spam_card(
        stored(Action.DELETE, Outcome.SUPPRESSED, reason(StepCode.LIMIT, limit="per_community_hour")),
        stored(Action.ESCALATE),
        decision=make.decision(
            SPAM,
            action=Action.ESCALATE,
            wanted=Action.DELETE,
            steps=(reason(StepCode.LIMIT, limit="per_community_hour"),),
        ),
    )
    assert drawn(card).splitlines()[0] == "Case 12 · Needs a person · Spam"
    assert drawn(card).splitlines()[6:8] == [
        "Done: moderators called",
        "Not done: removing the message (the limit for automatic actions was reached)",
    ]


def test_a_milder_decision_gives_its_reasons() -> None:
    """Less than the rule asks for: the steps that made it milder stand on the card."""
    card = spam_card(
        stored(Action.FLAG),
        decision=make.decision(
            SPAM,
            action=Action.FLAG,
            wanted=Action.DELETE,
            steps=(reason(StepCode.VIOLATION), reason(StepCode.MODERATOR), reason(StepCode.STALE)),
        ),
    )
    assert drawn(card) == (
        "Case 12 · Flagged · Spam\n"
        "Kim · 42 · member for 2 days · 3 messages\n"
        "general · 2026-11-23 12:00 UTC\n"
        "[Cheap followers], only today: shop.example\n"
        "From the rules “Advertising” · the model was fairly sure · reviews found this rule right 9 of 11 times\n"
        "Why: It advertises a shop that has nothing to do with the channel.\n"
        "Nothing was done. It is for you to decide.\n"
        "Not done: removing the message (the author is a moderator, the message was already too old to act on)\n"
        "Right | Wrong | Act… | More…\n"
    )


def test_what_the_bot_can_not_do_is_asked_of_people() -> None:
    """On Slack without an admin's token a deletion is a request."""
    card = spam_card(stored(Action.DELETE, Outcome.REQUESTED, Reason(code="no_admin_token")))
    assert drawn(card).splitlines()[0] == "Case 12 · Your turn · Spam"
    assert drawn(card).splitlines()[7] == (
        "Not done: removing the message, please do this yourselves (the bot may only delete its own messages here)"
    )


def test_a_report_without_a_verdict() -> None:
    """A member asked, and no rule was found broken."""
    reported = make.case(
        12, of=SPAM, policy=None, category=None, rationale="", reported_by=(PersonId("7"), PersonId("8"))
    )
    card = spam_card(
        case=reported,
        verdict=None,
        decision=make.no_action(SPAM),
        record=None,
        rule_title="",
        answered="Lee",
        message=replace(SPAM, attachments=make.message(files=("a.png", "b.png")).attachments),
        policy_title="",
        reports=(
            Reported(by=PersonId("8"), words=""),
            Reported(by=PersonId("7"), words="He\nsells these *every* day."),
        ),
    )
    assert drawn(card) == (
        "Case 12 · Reported\n"
        "Kim · 42 · member for 2 days · 3 messages\n"
        "general · 2026-11-23 12:00 UTC · Answering Lee · 2 files, not opened · reported by 2 members\n"
        "Cheap followers, only today: shop.example\n"
        "No rule was found broken, but a member asked you to look. "
        "Right means that the report is right, Wrong that nothing is wrong with the message.\n"
        "7 reported it: “He sells these *every* day.”; 8 reported it\n"
        "Nothing was done. It is for you to decide.\n"
        "Right | Wrong | Act… | More…\n"
    )


def test_words_that_were_only_passed_on_are_shown_as_somebody_elses() -> None:
    """A bare forward, a shared message; where its sender adds a word, that word is theirs."""
    shared = Part(kind=PartKind.FORWARD, text="Cheap followers, only today: shop.example", origin=Origin.BACKGROUND)
    own = Part(kind=PartKind.TEXT, text="buy this")
    bare, commented = (replace(SPAM, parts=parts) for parts in ((shared,), (own, shared)))
    assert "Somebody else's words, passed on" in drawn(spam_card(message=bare))
    assert "passed on" not in drawn(spam_card(message=commented))


def test_a_message_that_could_not_be_judged() -> None:
    """The card says so, and never that the message is all right."""
    card = spam_card(
        stored(Action.FLAG),
        verdict=make.undecided(UndecidedReason.TOO_LONG),
        decision=make.decision(SPAM, action=Action.FLAG, wanted=Action.FLAG, category=None),
        record=None,
        rule_title="Advertising and spam",
    )
    assert drawn(card).splitlines()[0] == "Case 12 · Could not be judged · Advertising and spam"
    assert "It could not be judged: the message is too long for the model." in drawn(card)


def test_after_a_decision_the_card_names_who_said_what() -> None:
    """Right and Wrong are gone; what a person did is told with their name."""
    card = spam_card(
        stored(Action.DELETE),
        stored(Action.BAN, by=PersonId("mo")),
        stored(Action.KICK, by=PersonId("77")),
        case=make.case(12, of=SPAM, status=CaseStatus.UPHELD),
        reviews=(make.review(12, ReviewResult.UNCLEAR, by_name="Sam", by=PersonId("sam")), make.review(12)),
    )
    assert drawn(card).splitlines()[0] == "Case 12 · Banned · Spam"
    assert drawn(card).splitlines()[6:] == [
        "Done: message removed, author banned by Mo, author kicked by 77",
        "Decided · Sam: can't tell, Mo: right",
        "Act… | More…",
    ]
    named = card_content(card, ENGLISH, Drawing(name=lambda person: f"user {person}"))
    assert named.done == "Done: message removed, author banned by Mo, author kicked by user 77"


def test_a_lifted_time_out_is_no_longer_in_the_headline() -> None:
    """What was undone is not what became of the message."""
    lifted = spam_card(stored(Action.TIMEOUT, seconds=60), stored(Action.LIFT, by=PersonId("mo")))
    assert card_content(lifted, ENGLISH).title == "Case 12 · Lifted · Spam"


def test_an_incident_counts_its_messages() -> None:
    """One card for all copies, and effects of one kind are told together."""
    card = spam_card(*removals(40), copies=40, authors=12, kind=Gathering.COPIES)
    assert card_content(card, ENGLISH).about == "40 messages like this, from 12 accounts"
    assert card_content(card, ENGLISH).done == "Done: 40 messages removed"


def test_a_known_text_says_that_it_was_known() -> None:
    """Where a verdict rests on an earlier one or on an example, the card says which, and claims no more."""
    copied = spam_card(verdict=replace(SPAM_VERDICT, source=VerdictSource.EXACT_COPY, copy_of="17"))
    assert card_content(copied, ENGLISH).why == (
        "Why: the same text was judged before. It advertises a shop that has nothing to do with the channel."
    )
    like = spam_card(verdict=replace(SPAM_VERDICT, source=VerdictSource.NEAR_COPY, copy_of="golden:spam-003"))
    assert card_content(like, ENGLISH).why == (
        "Why: it reads much like a known example (golden:spam-003). That proves nothing, so please look."
    )


def test_a_text_that_is_gone_or_empty_is_said_to_be() -> None:
    """There is never an empty place where a quote belongs."""
    assert card_content(spam_card(message=None), ENGLISH).quote.missing == "The text is no longer kept."
    assert card_content(spam_card(message=make.message("  ")), ENGLISH).quote.missing == "The message has no text."


def test_a_severe_text_is_hidden_behind_a_spoiler() -> None:
    """Moderators choose when to read it."""
    assert card_content(spam_card(severe=True), ENGLISH).quote.is_spoiler
    assert not card_content(spam_card(severe=False), ENGLISH).quote.is_spoiler


def test_hidden_characters_are_counted_beside_the_quote() -> None:
    """Also those that the quote has no room for."""
    text = "free\u200b money " + "x" * 400 + "\u202e end"
    card = spam_card(message=make.message(text), verdict=replace(SPAM_VERDICT, evidence=()))
    content = card_content(card, ENGLISH)
    assert content.about == "2 hidden characters"
    assert [part.text for part in content.quote.segments if part.is_hidden] == ["U+200B"]


def test_buttons_stay_while_nobody_could_tell() -> None:
    """“Can't tell” decides nothing."""
    unclear = spam_card(case=make.case(12, of=SPAM, status=CaseStatus.UNCLEAR))
    assert [button.code for button in card_content(unclear, ENGLISH).buttons] == list(ButtonCode)
    closed = spam_card(case=make.case(12, of=SPAM, status=CaseStatus.CLOSED))
    assert [button.label for button in card_content(closed, ENGLISH).buttons] == ["Act…", "More…"]
    assert card_content(closed, ENGLISH).decided == "Closed: the message is gone, so nothing is left to decide."


def test_a_request_that_was_met_is_asked_no_more() -> None:
    """The card that said “Your turn” says that the message is gone, and nothing else of it."""
    asked = stored(Action.DELETE, Outcome.REQUESTED, reason(PlatformReason.NO_ADMIN_TOKEN))
    content = card_content(spam_card(asked), ENGLISH)
    assert "Your turn" in content.title
    assert "please do this yourselves" in content.not_done
    met = card_content(spam_card(asked, case=make.case(12, of=SPAM, status=CaseStatus.CLOSED)), ENGLISH)
    assert "Message gone" in met.title
    assert (met.done, met.not_done) == ("", "")


def test_the_card_s_own_open_case_is_not_another_one() -> None:
    """An author's history counts the other open cases."""
    one = spam_card(history=make.history("42", messages=0, cases_open=1, first_seen=None))
    assert card_content(one, ENGLISH).history == "nothing on record"
    three = spam_card(history=make.history("42", messages=0, cases_open=3, first_seen=None))
    assert card_content(three, ENGLISH).history == "2 other open cases"


def test_many_failures_do_not_fill_the_card() -> None:
    """Three pieces are named, the others counted."""
    refused = tuple(
        stored(action, Outcome.REFUSED, reason(PlatformReason.OWNER))
        for action in (Action.DELETE, Action.QUARANTINE, Action.TIMEOUT, Action.NOTICE, Action.BAN)
    )
    assert card_content(spam_card(*refused), ENGLISH).not_done.endswith("; 2 more under “More…”")
