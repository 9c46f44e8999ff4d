"""Reasons as clauses: no capital, no full stop. They stand after a colon, in brackets, or in a list with a count.

The prefixes are the families of `bot.messages.catalogue.Family`; the codes are those of the enums named below.
"""

from bot.messages.entry import for_moderators

SENTENCES = {
    "reason.unknown": for_moderators("for a reason without words yet: {code}", note="A code that has no sentence."),
    # ScreenReason
    "screened.bot": for_moderators("written by a bot or another program"),
    "screened.exempt_role": for_moderators("the author has a role that is not checked"),
    "screened.exempt_channel": for_moderators("the channel is not checked"),
    "screened.exempt_person": for_moderators("the author is not checked"),
    "screened.moderators_channel": for_moderators("it is a channel of the moderators"),
    "screened.nothing_to_read": for_moderators("there is nothing to read in it"),
    "screened.attachment_only": for_moderators("it holds only files, and files are not opened"),
    "screened.unread": for_moderators("it holds only what the bot can not read"),
    "screened.unchanged": for_moderators("the edit changed nothing that a reader sees"),
    "screened.no_policy_applies": for_moderators("none of the rules in use is meant for such a message"),
    # NotJudgedReason
    "not_judged.stale": for_moderators("it had waited too long for the model"),
    "not_judged.edit_limit": for_moderators("it was edited too often"),
    "not_judged.forgotten": for_moderators("an admin let the waiting messages go"),
    "not_judged.backlog_full": for_moderators("too many messages were waiting"),
    "not_judged.stopped": for_moderators("judging was stopped"),
    "not_judged.gone": for_moderators("it was gone before it could be read"),
    # UndecidedReason
    "undecided.no_model": for_moderators("no model is connected"),
    "undecided.unreachable": for_moderators("the model did not answer"),
    "undecided.model_missing": for_moderators("the model is not installed on its server"),
    "undecided.loading": for_moderators("the model was still loading, or too busy"),
    "undecided.timeout": for_moderators("the model did not answer in time"),
    "undecided.died": for_moderators("the model stopped in the middle of its answer"),
    "undecided.rejected": for_moderators("the model's server turned the question down"),
    "undecided.unfinished": for_moderators("the model did not finish its answer"),
    "undecided.unreadable": for_moderators("the model's answer could not be read"),
    "undecided.unclear": for_moderators("the model answered neither yes nor no"),
    "undecided.invalid": for_moderators("the model's answer did not have the right form"),
    "undecided.no_evidence": for_moderators("the model objected, but to no words that stand in the message"),
    "undecided.unexplained": for_moderators("the model objected; its reason could not be read"),
    "undecided.short_evidence": for_moderators("the model objected, but quoted too little of the message to count"),
    "undecided.too_long": for_moderators("the message is too long for the model"),
    "undecided.edit_limit": for_moderators("it was edited too often"),
    # StepCode
    "step.violation": for_moderators("the message breaks a rule"),
    "step.copy_of": for_moderators("the same text was judged before"),
    "step.near_copy_flags": for_moderators("the text is only like a known one, which is not enough to act on"),
    "step.undecided": for_moderators("it could not be judged: {why}"),
    "step.objected": for_moderators("it is for people to decide: {why}"),
    "step.safe": for_moderators("nothing against the rules was found"),
    "step.reported": for_moderators("a member reported it"),
    "step.people_only": for_moderators("this rule is always for people to decide"),
    "step.reasoning_cut": for_moderators("the model could not think it through to the end"),
    "step.below_threshold": for_moderators("the model was not sure enough"),
    "step.strictest_of": for_moderators("several rules were broken, and the strictest one counts"),
    "step.repeated": for_moderators("the author has broken the rules before"),
    "step.moderator": for_moderators("the author is a moderator"),
    "step.stale": for_moderators("the message was already too old to act on"),
    "step.changed": for_moderators("the message was edited or deleted in the meantime"),
    "step.model_away": for_moderators("the model was away"),
    "step.shadow": for_moderators("this rule is only practising"),
    "step.unused": for_moderators("this policy is not in use any more"),
    "step.overturned": for_moderators("a moderator found the case wrong"),
    "step.limit": for_moderators("the limit for automatic actions was reached"),
    "step.stopped": for_moderators("automatic actions are stopped"),
    "step.not_possible": for_moderators("the bot can't do that here"),
    "step.incident": for_moderators("many messages like it came at once"),
    "step.told_before": for_moderators("the author was told of this case before, and not once more"),
    "step.person": for_moderators("a person decided it"),
    "step.time_over": for_moderators("its time was over"),
    "step.takeover_text": for_moderators(
        "the same text was posted in several channels within a minute: the account may have been taken over"
    ),
    "step.takeover_link": for_moderators(
        "the same link was posted in several channels within a minute: the account may have been taken over"
    ),
    "step.takeover_files": for_moderators(
        "the same files were posted in several channels within a minute: the account may have been taken over"
    ),
    # PlatformReason, and what else may keep an effect from being carried out
    "effect.missing_permission": for_moderators(
        "the bot lacks the permission “{permission}”", note="The platform's own name of the permission."
    ),
    "effect.role_order": for_moderators("the member's role is above the bot's"),
    "effect.above_presser": for_moderators("the member's role is not below that of whoever asks for it"),
    "effect.owner": for_moderators("the member owns this community"),
    "effect.administrator": for_moderators("the member is an admin"),
    "effect.own_account": for_moderators("it is the bot's own account"),
    "effect.not_a_member": for_moderators("the author is not a member, or has left"),
    "effect.channel_gone": for_moderators("the channel is gone"),
    "effect.message_gone": for_moderators("the message is not there any more"),
    "effect.community_gone": for_moderators("the bot is no longer a member here"),
    "effect.not_connected": for_moderators("the bot was not connected to this community"),
    "effect.no_role": for_moderators("no role or group is set for it"),
    "effect.no_mod_log": for_moderators("no channel for cards is set"),
    "effect.already_closed": for_moderators("it was closed before"),
    "effect.nothing_to_lift": for_moderators("there is nothing to lift"),
    "effect.not_supported": for_moderators("this platform does not offer that"),
    "effect.direct_messages_closed": for_moderators("the member takes no direct messages"),
    "effect.direct_messages_paused": for_moderators("the platform asked the bot to send fewer direct messages"),
    "effect.rate_limited": for_moderators("the platform asked the bot to slow down"),
    "effect.platform_down": for_moderators("the platform did not answer"),
    "effect.platform_error": for_moderators("the platform reported an error ({code})"),
    "effect.too_old": for_moderators("the message is too old for that"),
    "effect.gone": for_moderators("the message is already gone"),
    "effect.refused": for_moderators("the platform refused"),
    "effect.unclear": for_moderators("it is not certain whether it happened"),
    "effect.no_admin_token": for_moderators("the bot may only delete its own messages here"),
    "effect.admin_token_lost": for_moderators(
        "Slack does not accept the admin's token any more, with which the bot removes messages"
    ),
    "effect.admin_rights_lost": for_moderators(
        "the account in whose name the bot removes messages is no admin any more"
    ),
    "effect.admin_not_in_channel": for_moderators(
        "the account in whose name the bot removes messages is not in the channel {channel}"
    ),
    "effect.outsider": for_moderators("the author belongs to another organisation"),
    "effect.not_in_channel": for_moderators(
        "the bot, or the admin's account that it deletes with, is not in the channel"
    ),
    "effect.restricted": for_moderators("the workspace's settings forbid it"),
    "effect.not_deletable": for_moderators("the platform does not let the admin's account delete it"),
    "effect.incident": for_moderators("accounts in an incident are not written to"),
    "effect.withdrawn": for_moderators("a moderator withdrew it"),
}
