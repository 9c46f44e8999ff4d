"""What an author is told about their own message, and what moderators are told besides cards.

To an author: what happened, the rule, why, their own words back, and how to ask. Never the model's reasoning, never a
moderator's name.
"""

from bot.messages.entry import for_members, for_moderators

SENTENCES = {
    "notice.delete": for_members("Your message in {place} was removed."),
    "notice.warn": for_members("The moderators of {place} ask you to mind a rule."),
    "notice.warn_stays": for_members(
        "The moderators of {place} ask you to mind a rule. Your message stays where it is."
    ),
    "notice.timeout": for_members("You can't write in {place} for {length}."),
    "notice.timeout_open": for_members("You can't write in {place} for a while."),
    "notice.quarantine": for_members("For now you can use only a part of {place}, until a moderator has looked."),
    "notice.kick": for_members("You were removed from {place}. You may join again."),
    "notice.ban": for_members("You were banned from {place}."),
    "notice.restore": for_members("Your message in {place} was put back. Sorry for the trouble."),
    "notice.lift": for_members("You can write in {place} again. Sorry for the trouble."),
    "notice.other": for_members("Something was done about your message in {place}."),
    "notice.about": for_members("It is about what you wrote in {channel}."),
    "notice.about_link": for_members("It is about what you wrote in {channel}: {link}"),
    "notice.you_wrote": for_members("You wrote: {text}"),
    "notice.rule": for_members("The rule: {rule}"),
    "notice.why": for_members("Why: {rationale}"),
    "notice.takeover": for_members(
        "the same was posted from your account in several channels within a minute. If that was not you, somebody "
        "else may be using it: change your password.",
        note="Stands after “Why:”.",
    ),
    "notice.your_text": for_members(
        "This is what you wrote, so that nothing is lost:", note="The author's text follows."
    ),
    "notice.ask": for_members(
        "Messages here are read by a program under the community's written rules, and it can be wrong. If it was, "
        "write to the moderators and name case {case}."
    ),
    # announcements; the values are those of the announcement's reason
    "announce.outage_began": for_moderators(
        "The model does not answer. Messages wait for it and none is removed meanwhile. 1 is waiting.",
        "The model does not answer. Messages wait for it and none is removed meanwhile. {count} are waiting.",
        note="{count}: messages waiting.",
    ),
    "announce.outage_lasts": for_moderators(
        "The model has not answered for {seconds}. 1 message is waiting.",
        "The model has not answered for {seconds}. {count} messages are waiting.",
        note="{seconds}: how long, shown as 3 hours.",
    ),
    "announce.outage_ended": for_moderators(
        "The model answers again, after {seconds}. 1 message is waiting and will be read beside the new ones.",
        "The model answers again, after {seconds}. {count} messages are waiting and will be read beside the new ones.",
    ),
    "announce.slow_began": for_moderators(
        "The model has become very slow. New messages are read late, the riskiest first. 1 is waiting.",
        "The model has become very slow. New messages are read late, the riskiest first. {count} are waiting.",
        note="Far slower than when it was set up: its graphics card may have failed.",
    ),
    "announce.slow_lasts": for_moderators(
        "The model has been very slow for {seconds}. 1 message is waiting.",
        "The model has been very slow for {seconds}. {count} messages are waiting.",
    ),
    "announce.outage_ended_none": for_moderators("The model answers again, after {seconds}. No message is waiting."),
    "announce.slow_ended_none": for_moderators(
        "The model is as fast as before again, after {seconds}. No message is waiting."
    ),
    "announce.slow_ended": for_moderators(
        "The model is as fast as before again, after {seconds}. 1 message is waiting.",
        "The model is as fast as before again, after {seconds}. {count} messages are waiting.",
    ),
    "announce.backlog_done": for_moderators(
        "What had piled up is worked off: 1 message was read. Cards came of it: {cases}. Too old to be read: {late}.",
        "What had piled up is worked off: {count} messages were read. Cards came of them: {cases}. Too old to be "
        "read: {late}.",
        note="{cases} and {late} are numbers.",
    ),
    "announce.permission_missing": for_moderators(
        "The bot lacks the permission “{permission}”. Until it has it, this is left to you: {action}."
    ),
    "announce.stopped": for_moderators(
        "All automatic actions are stopped. Cards still come, and buttons still work. 1 planned action was dropped.",
        "All automatic actions are stopped. Cards still come, and buttons still work. {count} planned actions were "
        "dropped.",
    ),
    "announce.setup_done": for_moderators(
        "All is set up. Every rule only practises for now: cards come here, and nothing is done to anybody."
    ),
    "announce.admin_token_lost": for_moderators(
        "Slack does not accept the admin's token any more, so the bot can not remove messages. Until whoever runs the "
        "bot sets a new one, cards ask you to remove them."
    ),
    "announce.admin_rights_lost": for_moderators(
        "The account {name} is no owner or admin any more, so the bot can not remove messages in its name. Until it is "
        "one again, cards ask you to remove them."
    ),
    "announce.admin_not_in_channel": for_moderators(
        "The bot can not remove messages in {channel}, because {name}, in whose name it removes them, is not in that "
        "channel. Invite that account there."
    ),
}
