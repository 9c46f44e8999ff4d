"""Cards, their buttons, commands, reports and the setup, as people use them."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from discord import Permissions

from bot.domain.actions import Action, Mode
from bot.domain.answer import (
    Answer,
    AnswerKind,
    ExemptChange,
    ForgedPress,
    How,
    LimitChange,
    LimitName,
    Listed,
    ModeChange,
    Options,
    OwnAction,
    PolicyChange,
    SetupPlan,
    StopChange,
    Switch,
    TextFile,
)
from bot.domain.card import Card, WaveMessage
from bot.domain.case import CaseStatus, ReviewResult
from bot.domain.ids import TAKEOVER, CaseNumber, CategoryId, ChannelId, CommunityId, MessageId, PersonId, PolicyId
from bot.domain.policy import Severity
from bot.domain.reasons import reason
from bot.domain.verdict import Evidence
from tests import factories
from tests.fakes.desk import done
from tests.fakes.discord import Member, Post
from tests.fakes.discord.things import JSON, walk
from tests.fakes.discord_rig import Rig, person, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Yield a connected bot whose mod log is hidden from members."""
    async with rigged() as made:
        made.world.deny(made.log, made.guild.roles[made.guild.id], view_channel=True)
        made.world.deny(made.log, made.guild.members[made.world.bot.id], administrator=False)
        own = made.guild.members[made.world.bot.id]
        made.log.overwrites[own.user.id] = (1, (1 << 10) | (1 << 11) | (1 << 16), 0)
        async with made.connected():
            yield made


def card_of(rig: Rig, text: str = "you fool", **changes: object) -> Card:
    """Return the open card of case 12."""
    made = factories.card(factories.message(text, ref=factories.ref(community=rig.community)))
    return replace(made, case=replace(made.case, community=rig.community, number=CaseNumber(12)), **changes)  # type: ignore[arg-type]


async def posted(rig: Rig, card: Card) -> Post:
    """Post a card and return it as it stands in the mod log."""
    await rig.platform.mod_log.post("case/12", card)
    return rig.world.posted(rig.log)[-1]


async def test_an_open_card_has_four_buttons_and_fits_a_phone(rig: Rig) -> None:
    """At most ten lines; the evidence stands out; the author's id can be copied."""
    evidence = (Evidence(quote="fool", start=4, end=8),)
    post = await posted(rig, card_of(rig, verdict=factories.violates(evidence=evidence)))
    assert post.labels() == ["Right", "Wrong", "Act…", "More…"]
    assert len(post.texts().splitlines()) <= 10
    assert "`ann`" in post.texts()
    assert "> you __**fool**__" in post.texts()


async def test_a_card_says_where_and_when_and_leads_to_the_authors_profile_without_a_ping(rig: Rig) -> None:
    """Channel, time and mention are Discord's own; whoever is mentioned hears nothing of it."""
    author = rig.world.member(rig.guild, "ann")
    said = await rig.world.say(rig.general, author, "you fool")
    plain = card_of(rig)
    ref = replace(plain.case.ref, channel=ChannelId(str(rig.general.id)), message=MessageId(str(said.id)))
    card = replace(plain, case=replace(plain.case, author=PersonId(str(author.user.id)), ref=ref))
    post = await posted(rig, card)
    assert f"<@{author.user.id}> · `{author.user.id}`" in post.texts()
    assert f"<#{rig.general.id}> · <t:{int(factories.AT.timestamp())}:f>" in post.texts()
    assert post.extra["mentions_allowed"] == {"parse": []}


async def test_a_severe_quote_is_behind_a_spoiler(rig: Rig) -> None:
    """Nobody has to read it to see that there is a case."""
    plain = card_of(rig)
    post = await posted(rig, replace(plain, severe=True, case=replace(plain.case, severity=Severity.CRITICAL)))
    assert "> ||" in post.texts()


@pytest.mark.parametrize(("label", "result"), [("Right", ReviewResult.UPHELD), ("Wrong", ReviewResult.OVERTURNED)])
async def test_right_and_wrong_reach_the_desk_with_the_pressers_name(
    rig: Rig, label: str, result: ReviewResult
) -> None:
    """The name comes from Discord and the case from the button; the answer is for the presser alone."""
    mod = rig.world.moderator(rig.guild, "elrond")
    rig.desk.answers["review"] = done("press.noted_right")
    pressed = await rig.world.press(await posted(rig, card_of(rig)), label, mod)
    [(_, actor, given)] = rig.desk.asked
    assert (actor.community, actor.person, actor.name) == (rig.community, person(mod), "elrond")
    assert given == (12, result)
    assert "Noted" in pressed.text
    assert pressed.is_private


async def test_a_card_of_an_earlier_process_still_works() -> None:
    """Nothing but the button's id is needed."""
    async with rigged() as rig:
        mod = rig.world.moderator(rig.guild)
        async with rig.connected():
            post = await posted(rig, card_of(rig))
        async with rig.connected():
            pressed = await rig.world.press(post, "Right", mod)
    assert rig.desk.calls("review") == [(12, ReviewResult.UPHELD)]
    assert pressed.is_private


async def test_act_offers_what_the_desk_allows_and_asks_again_before_heavy_things(rig: Rig) -> None:
    """Deleting is done at once, a ban only after a second press."""
    mod = rig.world.moderator(rig.guild)
    rig.desk.allowed = (Action.DELETE, Action.BAN)
    post = await posted(rig, card_of(rig))
    menu = (await rig.world.press(post, "Act…", mod)).replies[0]
    assert menu.labels() == ["Remove the message and its copies", "Ban the author", "Can't tell"]
    await rig.world.press(menu, "Remove the message and its copies", mod)
    assert rig.desk.calls("act") == [(12, Action.DELETE)]
    rig.desk.answers["offer"] = Answer(kind=AnswerKind.DONE, lines=(), card=card_of(rig))
    asked = (await rig.world.press(menu, "Ban the author", mod)).replies[0]
    assert rig.desk.calls("act") == [(12, Action.DELETE)]
    await rig.world.press(asked, "Cancel", mod)
    await rig.world.press(asked, "Yes, do it", mod)
    assert rig.desk.calls("act") == [(12, Action.DELETE), (12, Action.BAN)]


async def test_an_incident_offers_to_ban_all(rig: Rig) -> None:
    """With the number of accounts, who may have sent more messages, and a second press."""
    mod = rig.world.moderator(rig.guild)
    rig.desk.allowed = (Action.BAN,)
    rig.desk.choices = Options(allowed=(), authors=40)
    card = card_of(rig, copies=250, authors=40)
    rig.desk.answers["offer_all"] = Answer(kind=AnswerKind.DONE, lines=(), card=card)
    menu = (await rig.world.press(await posted(rig, card), "Act…", mod)).replies[0]
    asked = (await rig.world.press(menu, "Ban all 40", mod)).replies[0]
    assert "40" in asked.texts()
    await rig.world.press(asked, "Yes, do it", mod)
    assert rig.desk.calls("act_on_all") == [(12, Action.BAN)]


async def test_time_outs_offer_lengths_and_what_is_not_possible_is_said(rig: Rig) -> None:
    """Each length is a button of its own; below the question stands why the rest is not there."""
    mod = rig.world.moderator(rig.guild)
    rig.desk.allowed = (Action.TIMEOUT,)
    lacking = reason("press.no_permission", action="kick,ban")
    rig.desk.choices = Options(allowed=(), lengths=(600, 86_400), refused=(lacking,))
    menu = (await rig.world.press(await posted(rig, card_of(rig)), "Act…", mod)).replies[0]
    assert menu.labels() == ["Time out for 10 minutes", "Time out for 1 day", "Can't tell"]
    assert "You don't have the permission for that yourself: kicking the author, banning the author." in menu.texts()
    await rig.world.press(menu, "Time out for 1 day", mod)
    assert rig.desk.calls("act") == [(12, Action.TIMEOUT, How(seconds=86_400))]


async def test_a_decided_case_offers_the_other_word_to_whoever_decided_it(rig: Rig) -> None:
    """A slip is put right where it was made."""
    mod = rig.world.moderator(rig.guild)
    rig.desk.choices = Options(allowed=(), corrections=(ReviewResult.OVERTURNED,))
    menu = (await rig.world.press(await posted(rig, card_of(rig)), "Act…", mod)).replies[0]
    await rig.world.press(menu, "Change to Wrong", mod)
    assert rig.desk.calls("review") == [(12, ReviewResult.OVERTURNED)]


async def test_single_messages_of_a_wave_can_be_left_out(rig: Rig) -> None:
    """All are chosen at first; what is taken out of the menu is spared by the press."""
    mod = rig.world.moderator(rig.guild)
    rig.desk.allowed = (Action.DELETE, Action.BAN)
    rig.desk.choices = Options(allowed=(), wave=tuple(wave_message(number) for number in range(3)))
    menu = (await rig.world.press(await posted(rig, card_of(rig)), "Act…", mod)).replies[0]
    page = (await rig.world.press(menu, "Choose messages…", mod)).replies[0]
    assert page.labels() == ["Remove the chosen ones", "Ban who wrote them"]
    await rig.world.choose(page, "Choose messages…", ["Kim 0", "Kim 2"], mod)
    await rig.world.press(page, "Remove the chosen ones", mod)
    assert rig.desk.calls("act") == [(12, Action.DELETE, How(leave_out=frozenset({"message:general/1"})))]
    again = (await rig.world.press(menu, "Choose messages…", mod)).replies[0]
    await rig.world.press(again, "Ban who wrote them", mod)
    assert rig.desk.calls("act_on_all") == [(12, Action.BAN)]


def wave_message(number: int) -> WaveMessage:
    """Return one message of a wave."""
    return WaveMessage(
        ref=factories.ref(str(number)),
        author=PersonId(f"p{number}"),
        author_name=f"Kim {number}",
        text=f"text {number}",
        sent_at=factories.AT,
        is_gone=False,
    )


async def test_a_refusal_of_the_desk_is_told_politely(rig: Rig) -> None:
    """A member without rights, or a moderator in their own case."""
    anna = rig.world.member(rig.guild, "anna")
    refusal = Answer(kind=AnswerKind.REFUSED, lines=(reason("press.own_case"),))
    rig.desk.answers["review"], rig.desk.allowed = refusal, refusal
    post = await posted(rig, card_of(rig))
    for label in ("Right", "Act…"):
        assert "part of" in (await rig.world.press(post, label, anna)).text


async def test_a_heavy_action_that_is_not_allowed_is_not_even_asked_about(rig: Rig) -> None:
    """Rights may have gone since the menu was shown."""
    mod = rig.world.moderator(rig.guild)
    rig.desk.allowed = (Action.BAN,)
    menu = (await rig.world.press(await posted(rig, card_of(rig)), "Act…", mod)).replies[0]
    rig.desk.answers["offer"] = Answer(
        kind=AnswerKind.REFUSED, lines=(reason("press.no_permission", action=Action.BAN),)
    )
    refused = await rig.world.press(menu, "Ban the author", mod)
    assert refused.replies[0].labels() == []
    assert "permission" in refused.text


async def test_behind_act_a_moderator_may_also_say_that_they_can_not_tell(rig: Rig) -> None:
    """Even where nothing else is allowed."""
    mod = rig.world.moderator(rig.guild)
    rig.desk.answers["review"] = done("press.noted_unclear")
    menu = (await rig.world.press(await posted(rig, card_of(rig)), "Act…", mod)).replies[0]
    assert "Neither you nor the bot may" in menu.texts()
    assert "you can't tell" in (await rig.world.press(menu, "Can't tell", mod)).text
    assert rig.desk.calls("review") == [(12, ReviewResult.UNCLEAR)]


@pytest.mark.parametrize(
    "custom_id", ["hm:right:0:", "hm:explode:12:aa", "hm:do:12:aa", "hm:do.nuke:12:aa", "hm:\u0663"]
)
async def test_an_id_that_was_never_ours_is_a_forgery(rig: Rig, custom_id: str) -> None:
    """It is handed to the desk for the record, and refused."""
    button: JSON = {"type": 2, "style": 1, "label": "x", "custom_id": custom_id}
    row = {"type": 1, "components": [button]}
    post = await rig.world.say(rig.log, rig.world.bot, "old", components=[row], heard=False)
    rig.desk.answers["forged"] = Answer(kind=AnswerKind.REFUSED, lines=(reason("press.unreadable"),))
    pressed = await rig.world.press(post, "x", rig.world.moderator(rig.guild))
    assert rig.desk.calls("forged") == [ForgedPress(what=custom_id)]
    assert "doesn't work" in pressed.text


async def test_whatever_goes_wrong_the_presser_is_told(rig: Rig) -> None:
    """No press ends in Discord's own "interaction failed"."""
    rig.desk.answers["review"] = RuntimeError("disk full")
    pressed = await rig.world.press(await posted(rig, card_of(rig)), "Right", rig.world.moderator(rig.guild))
    assert "didn't work" in pressed.text
    assert "disk" not in pressed.text


async def test_a_decided_card_names_who_decided_and_is_still_found(rig: Rig) -> None:
    """It is changed where it stands. What was done can still be added to, undone and read up."""
    card = card_of(rig)
    post = await posted(rig, card)
    review = factories.review(by_name="Elrond", result=ReviewResult.UPHELD)
    closed = replace(card, case=replace(card.case, status=CaseStatus.UPHELD), reviews=(review,))
    await rig.platform.mod_log.update(f"{rig.log.id}/{post.id}", closed)
    assert post.labels() == ["Act…", "More…"]
    assert "Elrond" in post.texts()
    assert await rig.platform.mod_log.find(rig.community, "case/12") == f"{rig.log.id}/{post.id}"


async def test_a_case_that_was_asked_for_comes_with_its_buttons(rig: Rig) -> None:
    """They work like those of its card."""
    mod = rig.world.moderator(rig.guild)
    rig.desk.answers["case"] = Answer(kind=AnswerKind.DONE, lines=(), card=card_of(rig))
    shown = await rig.world.slash(rig.general, mod, "mod case", number=12)
    assert "Case 12" in shown.text
    await rig.world.press(shown.replies[0], "Wrong", mod)
    assert rig.desk.calls("review") == [(12, ReviewResult.OVERTURNED)]


async def test_a_forum_serves_as_mod_log() -> None:
    """Each case is a post of its own, with a title, found by its key and changed in place."""
    async with rigged() as rig:
        forum = rig.world.channel(rig.guild, "cases", kind="forum")
        rig.changes["mod_log"] = ChannelId(str(forum.id))
        async with rig.connected():
            card_id = await rig.platform.mod_log.post("case/12", card_of(rig))
            thread = rig.world.channels[int(card_id.partition("/")[0])]
            await rig.world.until(lambda: _knows(rig, thread.id))
            assert await rig.platform.mod_log.find(rig.community, "case/12") == card_id
            await rig.platform.mod_log.update(card_id, card_of(rig, "another text"))
    assert thread.parent is forum
    assert "12" in thread.name
    assert "another text" in rig.world.posted(forum)[0].texts()


def _knows(rig: Rig, thread_id: int) -> bool:
    guild = rig.platform.gateway.get_guild(rig.guild.id)
    return guild is not None and guild.get_thread(thread_id) is not None


async def test_any_member_can_report_with_or_without_words(rig: Rig) -> None:
    """The message comes along with the menu, so it is readable in any case."""
    anna, bert = rig.world.member(rig.guild, "anna"), rig.world.member(rig.guild, "bert")
    post = await rig.world.say(rig.general, bert, "you fool", heard=False)
    rig.desk.answers["report"] = done("report.thanks")
    form = await rig.world.menu("Report to moderators", post, anna)
    answer = await rig.world.submit(form, **{"What is wrong with it? (optional)": " rude "})
    [report] = rig.desk.calls("report")
    assert (report.ref, report.reporter, report.words) == (rig.ref(post), person(anna), "rude")
    assert report.message is not None
    assert report.message.own_text == "you fool"
    assert "Thank you" in answer.text
    assert answer.is_private


async def test_why_explains_the_message_it_is_used_on(rig: Rig) -> None:
    """And so does the command with a link, for a message of this server alone."""
    mod = rig.world.moderator(rig.guild)
    post = await rig.world.say(rig.general, mod, "hello", heard=False)
    await rig.world.menu("Why?", post, mod)
    link = f"https://discord.com/channels/{rig.guild.id}/{rig.general.id}/{post.id}"
    await rig.world.slash(rig.general, mod, "mod explain", link=link)
    foreign = await rig.world.slash(rig.general, mod, "mod explain", link=link.replace(str(rig.guild.id), "123"))
    no_link = await rig.world.slash(rig.general, mod, "mod explain", link="what is this")
    assert rig.desk.calls("explain") == [
        rig.ref(post),
        rig.ref(post),
        replace(rig.ref(post), community=CommunityId("discord:123")),
    ]
    assert foreign.text == "Done."
    assert "link" in no_link.text


async def test_commands_reach_the_desk(rig: Rig) -> None:
    """Each with what was given."""
    admin = rig.world.moderator(rig.guild, manage_guild=True)
    anna = rig.world.member(rig.guild, "anna")
    channel = rig.general

    async def use(command: str, **options: object) -> None:
        assert (await rig.world.slash(channel, admin, command, **options)).is_private

    await use("mod status")
    await use("mod case", number=12)
    await use("mod history", member=anna)
    await use("mod try", text="you fool")
    await use("mod stop")
    await use("mod stop", policy="harassment", category="insult")
    await use("mod stop", policy="account_takeover", switch="off")
    await use("mod backlog")
    await use("mod backlog", forget="yes")
    await use("mod mine")
    await use("mod mode", mode="live", policy="harassment", category="insult")
    await use("mod mode", mode="live", policy="harassment", category="insult", action="delete")
    await use("mod mode", mode="shadow", policy="harassment", action="policy")
    await use("mod limits", limit="per_community_hour", number=30)
    await use("mod exempt", member=anna, switch="off")
    await use("mod channel", channel=channel, policy="harassment", switch="off")
    await use("mod policies switch", policy="spam", switch="on")
    await use("mod policies dry-run", policy="spam", messages=50)
    await use("mod policies upload", file=b"# Be kind")
    await use("mod policies list")
    await use("mod exempt")
    await use("mod limits")
    await use("mod roles")
    await use("mine")
    assert [name for name, _, _ in rig.desk.asked if name != "change"] == [
        *("status", "case", "history", "try_text", "backlog", "forget_backlog", "mine", "dry_run", "add_policy"),
        *("listed", "listed", "listed", "listed", "mine"),
    ]
    assert rig.desk.calls("listed") == list(Listed)
    assert rig.desk.calls("history") == [person(anna)]
    assert rig.desk.calls("add_policy") == [("file.md", "# Be kind")]
    assert rig.desk.calls("change") == [
        StopChange(switch=Switch.ON),
        StopChange(switch=Switch.ON, policy=PolicyId("harassment"), category=CategoryId("insult")),
        StopChange(switch=Switch.OFF, policy=PolicyId("account_takeover")),
        ModeChange(mode=Mode.LIVE, policy=PolicyId("harassment"), category=CategoryId("insult")),
        ModeChange(
            mode=Mode.LIVE,
            policy=PolicyId("harassment"),
            category=CategoryId("insult"),
            action=Action.DELETE,
        ),
        ModeChange(mode=Mode.SHADOW, policy=PolicyId("harassment"), action=OwnAction.OWN),
        LimitChange(name=LimitName.PER_COMMUNITY_HOUR, number=30),
        ExemptChange(switch=Switch.OFF, person=PersonId(str(anna.user.id))),
        PolicyChange(policy=PolicyId("harassment"), switch=Switch.OFF, channel=ChannelId(str(channel.id))),
        PolicyChange(policy=PolicyId("spam"), switch=Switch.ON),
    ]


async def test_the_name_of_a_policy_is_completed_as_it_is_typed(rig: Rig) -> None:
    """By its id or its title; where modes are set and stopped, the built-in check on stolen accounts is one of them."""
    admin = rig.world.moderator(rig.guild, manage_guild=True)
    rig.desk.offered = (factories.policy("spam"), factories.policy("harassment"))
    for command in ("mod mode", "mod policies switch", "mod policies dry-run", "mod channel"):
        assert await rig.world.complete(rig.general, admin, command, "policy", "SPA") == ["spam"]
    for command in ("mod mode", "mod stop"):
        completed = await rig.world.complete(rig.general, admin, command, "policy", "")
        assert completed == ["spam", "harassment", "account_takeover"]
    assert await rig.world.complete(rig.general, admin, "mod channel", "policy", "") == ["spam", "harassment"]
    rules = factories.category("insult", title="Insults"), factories.category("pile_on", title="Going after a person")
    rig.desk.offered = (factories.policy("spam"), factories.policy("harassment", *rules))
    asked = await rig.world.complete(rig.general, admin, "mod mode", "category", "person", policy="harassment")
    assert asked == ["pile_on"]
    assert await rig.world.complete(rig.general, admin, "mod mode", "category", "", policy="nope") == []


async def test_an_export_comes_as_a_file(rig: Rig) -> None:
    """For the admin's eyes alone."""
    download = TextFile(name="cases.csv", text="case,rule\n12,insult\n")
    rig.desk.answers["export"] = Answer(kind=AnswerKind.DONE, lines=(reason("command.done"),), download=download)
    answer = await rig.world.slash(rig.general, rig.world.moderator(rig.guild), "mod export")
    await rig.world.until(lambda: answer.files)
    assert answer.files == {"cases.csv": b"case,rule\n12,insult\n"}
    assert answer.is_private


async def test_going_live_names_the_missing_permission_with_a_link() -> None:
    """The first invite asked for reading only; more comes when it is needed."""
    async with rigged(view_audit_log=True) as rig:
        admin = rig.world.moderator(rig.guild, manage_guild=True)
        deleting = factories.category(action=Action.DELETE)
        rig.desk.offered = (factories.policy("harassment", deleting),)
        timing_out = factories.category_settings(action=Action.TIMEOUT)
        rig.desk.chosen = factories.community_settings(categories=(timing_out,))
        async with rig.connected():
            answer = await rig.world.slash(rig.general, admin, "mod mode", mode="live", policy="harassment")
            quiet = await rig.world.slash(rig.general, admin, "mod mode", mode="shadow", policy="harassment")
            status = await rig.world.slash(rig.general, admin, "mod status")
            rig.desk.offered, rig.desk.chosen = (), replace(rig.desk.chosen, live_checks=frozenset({TAKEOVER}))
            check = await rig.world.slash(rig.general, admin, "mod status")
    assert "(removing the message, a time-out): Manage Messages, Timeout Members" in answer.text
    [link] = re.findall(r"https://discord\.com/oauth2/authorize\?\S+", answer.text)
    added = Permissions(int(re.findall(r"permissions=(\d+)", link)[0]))
    assert (added.manage_messages, added.moderate_members, added.view_audit_log) == (True, True, True)
    assert "Manage Messages" in status.text
    assert "Timeout Members" in check.text
    assert "Manage Messages" not in quiet.text


async def test_a_person_is_answered_in_their_own_language(rig: Rig) -> None:
    """Discord says which one that is; what is unknown is English."""
    admin = rig.world.moderator(rig.guild)
    rig.world.locales[admin.user.id] = "xx"
    answer = await rig.world.slash(rig.general, admin, "mod status")
    assert answer.text == "Done."


async def test_setup_asks_for_everything_on_one_page(rig: Rig) -> None:
    """Three choices and one press; what fits most is chosen already."""
    admin, page = await _setup_page(rig)
    helpers = rig.world.role(rig.guild, "helpers", 3)
    await rig.world.choose(page, _menus(page)[0], [str(rig.log.id)], admin)
    await rig.world.choose(page, _menus(page)[1], [str(helpers.id)], admin)
    await rig.world.choose(page, _menus(page)[2], [str(helpers.id)], admin)
    [rules] = page.component(_menus(page)[3])["options"]
    assert (rules["label"], rules["description"]) == ("Harassment", "for every message: Insult")
    languages = [option["label"] for option in page.component(_menus(page)[5])["options"]]
    assert languages == ["English", "Deutsch", "Español", "Français"]
    rig.desk.answers["set_up"] = done("setup.next")
    answer = await rig.world.press(page, "Continue", admin)
    assert rig.desk.calls("set_up") == [
        SetupPlan(
            mod_log=ChannelId(str(rig.log.id)),
            moderators=frozenset({str(helpers.id)}),
            policies=(PolicyId("harassment"),),
            channels=frozenset(),
            language="en",
            escalate_to=str(helpers.id),
        )
    ]
    assert "Look at the cards" in answer.text


async def test_setup_tells_who_may_before_anything_is_chosen(rig: Rig) -> None:
    """Nobody fills a page in for nothing."""
    rig.desk.answers["why_no_setup"] = Answer(kind=AnswerKind.REFUSED, lines=(reason("press.not_an_admin"),))
    mod = rig.world.moderator(rig.guild)
    shown = await rig.world.slash(rig.general, mod, "mod setup")
    assert "Only admins can do that here." in shown.text
    assert "“Manage Server”" in shown.text
    assert shown.replies[0].labels() == []


async def test_a_setup_begins_with_what_holds_now(rig: Rig) -> None:
    """What is left alone stays; what is taken out of a menu is gone, and what is chosen anew counts."""
    helpers = rig.world.role(rig.guild, "helpers", 3)
    rig.desk.offered = (factories.policy("harassment"), factories.policy("spam"))
    rig.desk.chosen = replace(
        factories.using("spam"),
        mod_log=ChannelId(str(rig.log.id)),
        moderators=frozenset({str(helpers.id)}),
        escalate_to=str(helpers.id),
        language="de",
    )
    admin, page = await _setup_page(rig)
    await rig.world.choose(page, _menus(page)[2], [], admin)
    await rig.world.press(page, "Continue", admin)
    [plan] = rig.desk.calls("set_up")
    assert (plan.mod_log, plan.moderators, plan.policies) == (str(rig.log.id), {str(helpers.id)}, ("spam",))
    assert (plan.language, plan.escalate_to, plan.channels) == ("de", "", frozenset())


async def test_setup_shows_how_far_it_is_in_one_place_until_it_is_done_or_ended(rig: Rig) -> None:
    """The same private message changes; its button ends what is still to be done."""
    admin, page = await _setup_page(rig)
    await rig.world.choose(page, _menus(page)[0], [str(rig.log.id)], admin)
    rig.desk.steps = [done("setup.measuring"), done("setup.reading", done=2, count=9, cases=1)]
    rig.desk.answers["set_up"] = done("setup.recent_stopped", done=2, count=9)
    shown = await rig.world.press(page, "Continue", admin)
    await rig.world.until(lambda: "2 of 9" in shown.text)
    [progress] = shown.replies
    assert progress.labels() == ["Stop here"]
    await rig.world.press(progress, "Stop here", admin)
    await rig.world.until(lambda: "Stopped." in shown.text)
    assert shown.replies == [progress]
    assert progress.labels() == []
    assert shown.is_private


async def test_setup_refuses_a_mod_log_that_everybody_reads(rig: Rig) -> None:
    """Cards quote what was removed, and name who wrote it."""
    admin, page = await _setup_page(rig)
    empty = await rig.world.press(page, "Continue", admin)
    await rig.world.choose(page, _menus(page)[0], [str(rig.general.id)], admin)
    public = await rig.world.press(page, "Continue", admin)
    assert "choose a channel" in empty.text
    assert "Everybody can read" in public.text
    assert rig.desk.calls("set_up") == []


async def _setup_page(rig: Rig) -> tuple[Member, Post]:
    admin = rig.world.moderator(rig.guild, manage_guild=True)
    shown = await rig.world.slash(rig.general, admin, "mod setup")
    return admin, shown.replies[0]


def _menus(page: Post) -> list[str]:
    return [item["custom_id"] for item in walk(page.extra["components"]) if item["type"] in (3, 6, 8)]


async def test_commands_are_handed_over_once_and_again_only_when_changed() -> None:
    """Discord counts the creation of commands."""
    async with rigged() as rig:
        async with rig.connected():
            assert rig.world.syncs == 1
        async with rig.connected():
            assert rig.world.syncs == 1
        rig.world.commands[0]["description"] = "an older description"
        async with rig.connected():
            assert rig.world.syncs == 2
        mod = rig.world.command("mod", 1)
        report, why = rig.world.command("Report to moderators", 3), rig.world.command("Why?", 3)
    assert mod["default_member_permissions"] == str(1 << 13)
    assert report["default_member_permissions"] is None
    assert why["default_member_permissions"] == str(1 << 13)
