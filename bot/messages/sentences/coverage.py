"""Coverage: how many messages were judged, how many were not, and why. Calm and complete, nothing rounded away."""

from bot.messages.entry import for_moderators

SENTENCES = {
    "coverage.nothing": for_moderators("No messages have come in yet."),
    "coverage.seen": for_moderators("1 message came in.", "{count} messages came in."),
    "coverage.judged": for_moderators("1 was judged.", "{count} were judged."),
    "coverage.screened": for_moderators(
        "1 was not meant to be judged: {why}", "{count} were not meant to be judged: {why}"
    ),
    "coverage.not_judged": for_moderators(
        "1 should have been judged and was not: {why}", "{count} should have been judged and were not: {why}"
    ),
    "coverage.all_judged": for_moderators("None was missed."),
    "coverage.left_to_people": for_moderators(
        "1 was left to people: {why}",
        "{count} were left to people: {why}",
        note="The model objected, but not in a way that holds; the reasons with their counts follow.",
    ),
    "coverage.withdrawn": for_moderators(
        "1 was deleted before it was read.", "{count} were deleted before they were read."
    ),
    "coverage.waiting": for_moderators("1 is waiting.", "{count} are waiting."),
    "coverage.undecided": for_moderators(
        "1 was judged, but not by every rule: {why}",
        "{count} times a judged message was not judged by every rule: {why}",
    ),
    "coverage.undecided_by": for_moderators(
        "{count} by {policy} ({why})", note="One policy's share of the line above."
    ),
    "coverage.counted": for_moderators("{count} ({why})", note="One reason's share: 12 (the channel is not checked)"),
    "coverage.copies": for_moderators(
        "1 answer was kept from the same text judged before.",
        "{count} answers were kept from the same text judged before.",
    ),
    "coverage.likenesses": for_moderators(
        "1 of the answers rests on likeness to a known example, or to other messages of a raid, alone; no model read "
        "the message.",
        "{count} of the answers rest on likeness to known examples, or to other messages of a raid, alone; no model "
        "read the messages.",
    ),
    "coverage.files": for_moderators("1 file was seen and not opened.", "{count} files were seen and not opened."),
    "coverage.unread": for_moderators(
        "1 piece was seen and could not be read: {why}",
        "{count} pieces were seen and could not be read: {why}",
        note="Parts of messages, and whole ones, that the bot does not understand; the kinds with their counts follow.",
    ),
    "coverage.gaps": for_moderators(
        "In 1 stretch of a channel messages were not fetched.",
        "In {count} stretches of channels messages were not fetched.",
        note="After an outage of the bot itself.",
    ),
    "coverage.gaps_why": for_moderators(
        "In 1 stretch of a channel messages were not fetched: {why}",
        "In {count} stretches of channels messages were not fetched: {why}",
        note="After an outage of the bot itself; the reasons with their counts follow.",
    ),
    "gap.limit": for_moderators("there were more than are fetched"),
    "gap.age": for_moderators("they were too old to be fetched"),
    "gap.threads": for_moderators("only replies to older messages are missing"),
    "gap.refused": for_moderators("the bot was not let in"),
    "gap.busy": for_moderators("they are still being fetched"),
    "gap.private_threads": for_moderators("archived private threads are not shown to the bot without Manage Threads"),
    "gap.unknown": for_moderators("the reason is not on record"),
    "coverage.unwatched": for_moderators(
        "The bot is not in 1 public channel, and reads nothing there: {channels}",
        "The bot is not in {count} public channels, and reads nothing there: {channels}",
    ),
    "coverage.superseded": for_moderators(
        "1 earlier text was edited before it was read; the later one counts.",
        "{count} earlier texts were edited before they were read; the later ones count.",
    ),
}
