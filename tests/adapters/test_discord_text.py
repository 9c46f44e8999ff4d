"""Whatever people or the model write stays text, and whatever a button carries is only read."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.discord.desk.button_ids import WITH_ACTION, ButtonId, Verb, read
from bot.adapters.discord.doctor.invites import FIRST
from bot.adapters.discord.ids import community_of, guild_id_of, number_of
from bot.adapters.discord.outgoing.drawing import block, code, cut, escape, quote_line, speaking
from bot.domain.actions import Action
from bot.domain.ids import CaseNumber, CommunityId, PersonId
from bot.domain.notice import Notice
from bot.messages.notices import notice_content
from bot.messages.quoting import Segment
from tests.fakes.discord_rig import rigged

MARKUP = set("*_~`|<>[]()#@:")
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "discord.md"


@given(st.text())
def test_no_markup_is_left_alive_by_escaping(text: str) -> None:
    """Each such character has a backslash before it, and the text is the same without these."""
    escaped = escape(text)
    assert not MARKUP & set(re.sub(r"\\.", "", escaped))
    assert re.sub(r"\\(.)", r"\1", escaped) == text


@given(text=st.text(), is_spoiler=st.booleans())
def test_a_quote_cannot_leave_its_spoiler_or_its_marks(text: str, *, is_spoiler: bool) -> None:
    """However the quoted text is split into evidence and the rest."""
    middle = len(text) // 2
    segments = (Segment(text=text[:middle]), Segment(text=text[middle:], is_evidence=True))
    drawn = re.sub(r"\\.", "", quote_line(segments, is_spoiler=is_spoiler))
    assert drawn.count("||") == (2 if is_spoiler else 0)
    assert drawn.count("**") in (0, 2)


@given(st.text())
def test_a_block_and_a_code_hold_everything_inside(text: str) -> None:
    """Neither can be closed from within."""
    assert block(text).count("```") == 2
    assert code(text).count("`") == 2


@pytest.mark.parametrize("text", ["`" * 4_000, "```\n" * 1_000, "\U0001f642" * 4_000, "x" * 4_000])
def test_a_text_that_is_given_back_fits_discord_s_messages(text: str) -> None:
    """A text of backticks grew beyond 2,000 characters when it was fenced, and its author got nothing back."""
    removed = Notice(
        community=CommunityId("discord:1"),
        person=PersonId("2"),
        case=CaseNumber(3),
        action=Action.DELETE,
        rule="Insult",
        rationale="It insults.",
        returned_text=text,
    )
    pieces = notice_content(removed, speaking("en"), place="Here").returned_texts
    assert "".join(pieces) == text
    assert max(len(block(piece)) for piece in pieces) <= 2_000


@given(st.text(max_size=6_000), st.integers(min_value=10, max_value=4_000))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    """And one that fits is not touched."""
    made = cut(text, limit)
    assert len(made) <= limit
    assert made == text or len(text) > limit


@given(
    st.sampled_from(sorted(Verb)),
    st.sampled_from(sorted(Action)),
    st.integers(min_value=1, max_value=9_999_999_999),
    st.text("0123456789abcdef", max_size=16),
)
def test_a_button_id_is_read_as_it_was_written_and_fits(verb: Verb, action: Action, case: int, mark: str) -> None:
    """Discord takes at most a hundred characters."""
    chosen = action if verb in WITH_ACTION else None
    made = ButtonId(verb=verb, case=CaseNumber(case), action=chosen, mark=mark)
    assert read(str(made)) == made
    assert len(str(made)) <= 100


@given(st.text() | st.text("hm:.rightdo0123456789", max_size=30).map(lambda text: f"hm:{text}"))
def test_any_other_id_is_read_as_nothing_or_as_itself(custom_id: str) -> None:
    """Nothing a forger sends raises or turns into something else."""
    made = read(custom_id)
    assert made is None or str(made) == custom_id


@given(st.text() | st.integers(min_value=1, max_value=2**64).map(str))
def test_an_id_is_a_number_or_nothing(text: str) -> None:
    """A community of another platform, or a made-up id, leads nowhere."""
    assert number_of(text) == (int(text) if text.isascii() and text.isdigit() else 0)
    assert guild_id_of(CommunityId(f"slack:{text}")) == 0


def test_a_servers_number_and_its_community_belong_together() -> None:
    """Both ways."""
    assert guild_id_of(community_of(123)) == 123


def test_the_first_invite_in_the_documentation_asks_for_what_the_code_asks() -> None:
    """And for nothing that members would notice."""
    assert f"permissions={FIRST.value}\n" in DOCUMENTATION.read_text(encoding="utf-8")
    assert not FIRST.manage_messages
    assert not FIRST.moderate_members


@pytest.mark.parametrize("place", ["commands", "sections"])
async def test_the_documentation_names_every_command(place: str) -> None:
    """Those of `/mod`, and those that stand beside it."""
    text = DOCUMENTATION.read_text(encoding="utf-8")
    async with rigged() as rig, rig.connected():
        mod = rig.world.command("mod", 1)
        beside = [command["name"] for command in rig.world.commands if command is not mod]
    names = [option["name"] for option in mod["options"] if option["name"] != "mine"]
    wanted = [f"`{name}`" for name in names] if place == "commands" else beside
    assert [name for name in wanted if name not in text] == []
