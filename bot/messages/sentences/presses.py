"""What a press of a button, a context menu or a report is answered with, and the labels of menus and forms."""

from bot.messages.entry import for_members, for_moderators

SENTENCES = {
    # refusals: polite, and nobody learns more than they may know
    "press.not_a_moderator": for_members("Only moderators can do that here."),
    "press.not_an_admin": for_members("Only admins can do that here."),
    "press.own_case": for_moderators("You can't decide a case that you are part of. Please leave it to someone else."),
    "press.unknown_case": for_moderators("There is no case with that number here."),
    "press.stale": for_moderators("This case has changed since you opened it. Here is how it stands now."),
    "press.already_decided": for_moderators("{name} has already decided this case."),
    "press.unreadable": for_members("That button doesn't work here."),
    "press.no_permission": for_moderators("You don't have the permission for that yourself: {action}."),
    "press.not_possible": for_moderators("The bot can't do that: {action} ({why})."),
    "press.put_off": for_moderators(
        "Not yet: {action} ({why}). It is tried again by itself, next at {at} UTC.",
        note="What was pressed could not be done yet.",
    ),
    "press.requested": for_moderators(
        "Please do this yourselves: {action} ({why}).", note="A deletion that the bot may not carry out."
    ),
    "press.expired": for_members("That took too long. Please try once more."),
    "press.failed": for_members("That didn't work, and nothing was changed. Please try again in a moment."),
    "press.nothing_to_undo": for_moderators("There is nothing left to undo."),
    # answers
    "press.noted_right": for_moderators("Noted: this was right. Thank you."),
    "press.noted_wrong": for_moderators("Noted: this was wrong. Thank you for saying so."),
    "press.noted_unclear": for_moderators("Noted: you can't tell. Thank you."),
    "press.done": for_moderators("Done: {what}"),
    "press.done_for": for_moderators("Done: {what} for {length}", note="Done: author timed out for 1 hour"),
    "press.batch": for_moderators("{done} of 1 done.", "{done} of {count} done.", note="Bans in batches."),
    "press.batch_failed": for_moderators("This one failed: {members}", "These {count} failed: {members}"),
    "press.cancelled": for_moderators("Cancelled. Nothing was done."),
    # the Act… menu
    "menu.what": for_moderators("What should happen?", note="Placeholder of the menu behind Act…"),
    "menu.delete_one": for_moderators("Remove the message"),
    "menu.delete_all": for_moderators("Remove all of these messages"),
    "menu.delete": for_moderators("Remove the message and its copies"),
    "menu.warn": for_moderators("Warn the author"),
    "menu.timeout": for_moderators("Time out the author"),
    "menu.timeout_for": for_moderators("Time out for {length}"),
    "menu.quarantine": for_moderators("Quarantine the author"),
    "menu.kick": for_moderators("Kick the author"),
    "menu.ban": for_moderators("Ban the author"),
    "menu.lockdown": for_moderators("Lock the channel for {length}"),
    "menu.undo": for_moderators("Undo all"),
    "menu.change_to_right": for_moderators("Change to Right", note="On a decided case, for whoever decided it."),
    "menu.change_to_wrong": for_moderators("Change to Wrong"),
    "menu.pick": for_moderators("Choose messages…"),
    "pick.which": for_moderators("Which of these messages? All are chosen; leave out whom it should not hit."),
    "pick.rest": for_moderators(
        "1 more message is not in this list. It is meant as well.",
        "{count} more messages are not in this list. They are meant as well.",
    ),
    "menu.pick_remove": for_moderators("Remove the chosen ones"),
    "menu.pick_ban": for_moderators("Ban who wrote them"),
    "menu.ask_to_ban": for_moderators("Ask an owner to ban"),
    "menu.ask_to_remove": for_moderators("Ask moderators to remove it"),
    "menu.unclear": for_moderators("Can't tell"),
    "menu.none_allowed": for_moderators("Neither you nor the bot may do anything more here."),
    # confirming what is heavy
    "confirm.kick": for_moderators("Kick {name}?"),
    "confirm.ban": for_moderators("Ban {name}?"),
    "confirm.ask_to_ban": for_moderators("Ask an owner to ban {name}?"),
    "confirm.ban_all": for_moderators("Ban 1 account?", "Ban all {count} accounts?"),
    "confirm.lockdown": for_moderators("Lock {channel} for {length}? Nobody can write there meanwhile."),
    "confirm.delete": for_moderators("Remove this message?"),
    "confirm.undo": for_moderators("Undo everything that was done in this case?"),
    "confirm.title": for_moderators("Are you sure?"),
    "confirm.yes": for_moderators("Yes, do it"),
    "confirm.no": for_moderators("Cancel"),
    # forms
    "form.submit": for_members("Send"),
    "form.close": for_members("Close"),
    # reports
    "report.menu": for_members("Report to moderators", note="A context menu or shortcut; at most 24 characters."),
    "report.title": for_members("Report to moderators", note="Title of the form; at most 24 characters."),
    "report.words": for_members("What is wrong with it? (optional)"),
    "report.anonymous": for_members("Don't show my name to anyone"),
    "report.thanks": for_members("Thank you. The moderators will look at it."),
    "report.known": for_members("You have reported this already. Thank you, it is being looked at."),
    "report.own": for_members("You can't report your own message. You can delete it."),
    "report.not_here": for_members("Messages can't be reported here: nobody has set up moderation yet."),
    "report.too_many": for_members("That's a lot of reports in a short time. Please wait a little."),
    "report.gone": for_members("That message is already gone."),
    # Why?
    "why.menu": for_moderators("Why?", note="A context menu that explains what happened to one message."),
}
