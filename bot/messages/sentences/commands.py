"""What /mod answers, on any platform, and the one-line description of each of its verbs."""

from bot.messages.entry import for_admins, for_members, for_moderators

SENTENCES = {
    # the verbs, as the platform lists them; at most 100 characters
    "verb.mod": for_moderators("Moderation under your own written rules", note="Descriptions: at most 100 characters."),
    "verb.setup": for_admins("Set up moderation here, step by step"),
    "verb.status": for_moderators("How the bot is, and how many messages it has judged"),
    "verb.policies": for_admins("Choose which rules hold where, upload one, or try one on recent messages"),
    "verb.channel": for_admins("Choose what is checked in a channel"),
    "verb.exempt": for_admins("Leave a role, a channel or a member unchecked"),
    "verb.mode": for_admins("Let a rule only practise, or act in earnest"),
    "verb.limits": for_admins("How much may happen automatically before you are asked"),
    "verb.backlog": for_moderators("How many messages wait for the model, and letting go of them"),
    "verb.stop": for_moderators("Stop all automatic actions at once"),
    "verb.case": for_moderators("Show one case"),
    "verb.history": for_moderators("What is on record about a member"),
    "verb.try": for_moderators("Try a text against the rules; nothing is saved or done"),
    "verb.explain": for_moderators("Explain what happened to one message, step by step"),
    "verb.export": for_admins("Save the cases as a file"),
    "verb.privacy": for_members("What the bot reads and keeps, and for how long"),
    "verb.mine": for_members("What was done about your own messages"),
    # answers that fit many verbs
    "command.done": for_members("Done."),
    "command.not_accepted": for_admins("That was not saved: {problem}"),
    "command.unchanged": for_admins("Nothing changed: it was set like that already."),
    "command.in_file": for_admins("This community's settings stand in the file {file}. Please change them there."),
    "command.unknown_policy": for_admins("There are no rules named “{policy}”. There are: {policies}"),
    "command.unknown_category": for_admins("“{policy}” has no rule “{category}”. It has: {categories}"),
    "command.unknown_channel": for_admins("There is no channel “{channel}”, or the bot can't see it."),
    "command.unknown_message": for_moderators(
        "That is not a link to a message here, or the bot can't see it. A message's own menu offers its link to copy."
    ),
    "command.bad_value": for_admins("“{value}” does not fit. It has to be {expected}."),
    "command.missing_value": for_members("Something is missing: {what}"),
    "command.working": for_members("One moment…"),
    "command.no_model": for_moderators("That needs the model, and it does not answer at the moment."),
    "command.more": for_members("1 more", "{count} more"),
    # status
    "status_of.title": for_moderators("How things stand"),
    "status_of.model_answers": for_moderators("The model answers ({model}), {pace} s a message."),
    "status_of.model_answers_unmeasured": for_moderators("The model answers ({model})."),
    "status_of.model_away": for_moderators(
        "The model does not answer. Messages wait for it; none is removed meanwhile."
    ),
    "status_of.practising": for_moderators("Everything only practises: nothing is done to messages or members."),
    "status_of.earnest": for_moderators("In earnest: {rules}. All else only practises."),
    "status_of.stopped": for_moderators("All automatic actions are stopped."),
    "status_of.open_cases": for_moderators("1 case is open.", "{count} cases are open."),
    "status_of.no_open_cases": for_moderators("No case is open."),
    "status_of.mod_log": for_moderators("Cards go to {channel}."),
    "status_of.no_mod_log": for_moderators("No channel for cards is chosen yet."),
    "status_of.waits": for_moderators(
        "Waiting: {action} ({why}). Next try: {at} UTC.",
        note="What the platform could not do yet. {action}: removing 3 messages",
    ),
    "status_of.unusable": for_moderators(
        "Not usable now, so nothing is judged by it: {policies}. The command hallmoot doctor says why.",
        note="{policies}: ids of policies whose files are broken.",
    ),
    "status_of.cant_do": for_moderators("The bot may not do this here: {actions}."),
    "status_of.missed": for_moderators(
        "1 should have been judged and was not.", "{count} should have been judged and were not."
    ),
    "status_of.unread": for_moderators(
        "1 piece was seen and could not be read.",
        "{count} pieces were seen and could not be read.",
        note="Parts of messages, and whole ones, that the bot does not understand.",
    ),
    "status_of.left_to_people": for_moderators(
        "1 was left to people: the model objected, but gave no reason that holds.",
        "{count} were left to people: the model objected, but gave no reason that holds.",
    ),
    "status_of.last_day": for_moderators("Over the last 24 hours:"),
    "status_of.last_week": for_moderators("Over the last 7 days:"),
    # policies, channels, exemptions
    "policies.title": for_admins("Rules in use"),
    "policies.none": for_admins("No rules are in use yet."),
    "policies.entry": for_admins("{policy}: {mode}, {where}", note="Spam: practises, everywhere"),
    "policies.entry_earnest": for_admins(
        "{policy}: in earnest {rules}, all else practises; {where}",
        note="Spam: in earnest Flooding, all else practises; everywhere",
    ),
    "policies.rule_acts": for_admins("{rule} does this on its own: {action}", note="{action}: removing the message"),
    "policies.rule_practises": for_admins("{rule} only practises this: {action}"),
    "policies.not_in_use": for_admins("Not in use: {policies}"),
    "policies.everywhere": for_admins("everywhere"),
    "policies.in_channels": for_admins("in {channels}"),
    "policies.except_channels": for_admins("everywhere but in {channels}"),
    "policies.switched_on": for_admins("{policy} is in use {where}. It only practises until you say otherwise."),
    "policies.in_use": for_admins("{policy} is in use {where}."),
    "policies.switched_off": for_admins("{policy} is no longer in use."),
    "policies.uploaded": for_admins("{policy} is saved and only practises."),
    "policies.uploaded_unused": for_admins(
        "{policy} is saved. It is asked nowhere until you switch it on, and only practises then."
    ),
    "policies.refused": for_admins("That file can't be used: {problem}"),
    "policies.refused_also": for_admins("And: {problem}"),
    "policies.dry_run": for_admins(
        "Of the last message, {flagged} would have got a card: about {cards} a day.",
        "Of the last {count} messages, {flagged} would have got a card: about {cards} a day.",
    ),
    "policies.dry_run_so_far": for_admins(
        "Trying it on the last message: {done} of 1. It would have got a card: {flagged}.",
        "Trying it on the last {count} messages: {done} of {count}. So many would have got a card: {flagged}.",
        note="Shown while it goes on.",
    ),
    "exempt.added": for_admins("No longer checked: {what}", note="{what}: one of the next three."),
    "exempt.removed": for_admins("Checked again: {what}"),
    "exempt.a_role": for_admins("{role}"),
    "exempt.a_channel": for_admins("{channel}"),
    "exempt.a_member": for_admins("{member}"),
    "exempt.roles": for_admins("Roles that are not checked: {roles}"),
    "exempt.channels": for_admins("Channels that are not checked: {channels}"),
    "exempt.moderators_channels": for_admins("Channels of the moderators, which are not checked: {channels}"),
    "exempt.members": for_admins("Members who are not checked: {members}"),
    "exempt.none": for_admins("Everybody and everything is checked."),
    # modes, limits, stop
    "mode.practises": for_admins("practises"),
    "mode.earnest": for_admins("in earnest"),
    "mode.now_practises": for_admins("{rule} only practises now: cards come, and nothing is done."),
    "mode.now_earnest": for_admins("{rule} is in earnest now. It can do this on its own: {action}."),
    "mode.not_offered": for_admins(
        "{rule} would do this on its own: {action}. This platform lets no bot do that. Possible are: {actions}.",
        note="{actions}: removing the message, a warning",
    ),
    "mode.now_practises_action": for_admins(
        "{rule} only practises now: cards come, and nothing is done. In earnest it would do this: {action}."
    ),
    "mode.own_action": for_admins("as its policy says", note="In a menu of what a rule does on its own."),
    "mode.never_automatic": for_admins("No rule does that on its own: {action}. It is always somebody's press."),
    "mode.fixed_action": for_admins("What “{rule}” does is fixed: {action}."),
    "mode.all_practise": for_admins("Everything only practises now: cards come, and nothing is done."),
    "mode.all_earnest": for_admins("Rules that were set to act in earnest do so again."),
    "mode.people_only": for_admins("{rule} is always for people to decide. It can't act on its own."),
    "limit.per_author_minute": for_admins("A minute, for one member", note="The names of the limits, in a menu."),
    "limit.per_community_hour": for_admins("An hour, in all"),
    "limit.per_incident": for_admins("In one incident"),
    "limits.both": for_admins("To change a limit, choose which one and how many. As it is now:"),
    "limits.now": for_admins(
        "At most {per_author_minute} automatic actions a minute for one member, {per_community_hour} an hour in all, "
        "{per_incident} in an incident. Above that you are asked."
    ),
    "stop.stopped": for_moderators("Stopped. Nothing happens automatically until an admin starts it again."),
    "stop.rule_stopped": for_moderators(
        "{rule} is stopped. It does nothing on its own until an admin starts it again."
    ),
    "stop.withdrawn": for_moderators("1 planned action was dropped.", "{count} planned actions were dropped."),
    "stop.last_day": for_moderators(
        "In the last 24 hours the bot acted once, in this case:",
        "In the last 24 hours the bot acted {count} times, in these cases:",
        note="A list follows.",
    ),
    "stop.last_day_none": for_moderators("In the last 24 hours the bot did nothing."),
    "stop.started": for_admins("Started again."),
    "stop.not_stopped": for_moderators("Nothing was stopped, so there is nothing to start."),
    # what waits for the model
    "backlog.none": for_moderators("No message is waiting for the model."),
    "backlog.waiting": for_moderators(
        "1 message is waiting for the model.", "{count} messages are waiting for the model."
    ),
    "backlog.how": for_moderators(
        "An admin can let go of them: they are not judged then, which is on record. Reports go on waiting."
    ),
    "backlog.forgotten": for_moderators(
        "1 message is let go of. It is on record as not judged.",
        "{count} messages are let go of. They are on record as not judged.",
    ),
    # roles
    "roles.moderators": for_moderators("Their members decide cases: {roles}"),
    "roles.no_moderators": for_moderators(
        "No role is named for moderators: whoever has the platform's permissions to moderate decides cases."
    ),
    "roles.escalate": for_moderators("Called when a case needs a person: {role}"),
    "roles.no_escalate": for_moderators("Nobody is called when a case needs a person; its card comes all the same."),
    "roles.quarantine": for_moderators("Quarantine: {role}"),
    "roles.no_quarantine": for_moderators("No role for quarantine is chosen, so nobody can be put there."),
    # cases and history
    "case.entry": for_moderators("Case {case} · {what} · {rule} · {status}"),
    "history.title": for_moderators("On record about {name}"),
    "history.title_of": for_moderators("On record about {member}", note="Where no name is on record."),
    "history.no_cases": for_moderators("No cases."),
    # try and explain
    "try.note": for_moderators("This was only a try: nothing was saved, and nothing was done."),
    "try.empty": for_moderators("There is nothing to read in that."),
    "explain.title": for_moderators("What happened to this message"),
    "explain.never_seen": for_moderators("This message never reached the bot. It may be older than the bot."),
    "explain.screened": for_moderators("It was not put to any rule: {why}."),
    "explain.waiting": for_moderators("It is waiting for the model."),
    "explain.judging": for_moderators("The model is reading it now."),
    "explain.not_judged": for_moderators("It was not judged: {why}."),
    "explain.withdrawn": for_moderators("It was deleted before it was read."),
    "explain.superseded": for_moderators("It was edited before it was read; the later text counts."),
    "explain.case": for_moderators("It is case {case}."),
    # export
    "export.ready": for_admins(
        "1 case, without the model's reasoning.", "{count} cases, without the model's reasoning."
    ),
    "export.empty": for_admins("There are no cases to save yet."),
    "export.too_large": for_admins(
        "That is too much for one file here. Whoever runs the bot can save it with “hallmoot export”."
    ),
    # privacy and one's own
    "privacy.reads": for_members(
        "The bot reads what is written in the channels that the moderators chose, and puts it to the community's "
        "written rules, with a model on a computer that its admins chose. Nothing is used for training."
    ),
    "privacy.keeps": for_members(
        "The text of a message without a case is kept for {plain}, for {deleted} once you delete it, and the text of "
        "a case for {with_case}. What was decided stays on record without the text.",
        note="The values are lengths of time.",
    ),
    "privacy.sees": for_members("Moderators see cases, and so can whoever runs the bot's computer. Nobody else does."),
    "privacy.erase": for_members("You can ask the admins to erase what is on record about you."),
    "privacy.files": for_members("Files and links are never opened."),
    "mine.title": for_members("What was done about your messages"),
    "mine.none": for_members("Nothing was done about your messages."),
    "mine.entry": for_members("{date} · case {case} · {what} · {rule}"),
    "mine.your_text": for_members("You wrote: {text}"),
    "mine.removed": for_members("removed"),
    "mine.warned": for_members("a warning"),
    "mine.timed_out": for_members("a time-out"),
    "mine.put_right": for_members("found to be wrong and put right"),
    "mine.found_wrong": for_members("found to be wrong", note="What can't be taken back, as a removal."),
}
