"""`hallmoot init`: what is asked, what is written, and what is refused."""

import stat
from pathlib import Path

import pytest
import typer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.cli.init import init
from bot.config.init import Answers, Chat, first_files
from bot.config.load import load
from bot.config.writing import write_over
from bot.domain.errors import UserError

app = typer.Typer()
app.command()(init)


def run(*arguments: str, answers: str = "") -> Result:
    """Run `hallmoot init` with what is typed."""
    return CliRunner().invoke(app, list(arguments), input=answers)


def refused(*arguments: str, answers: str = "") -> str:
    """Run it where it must end with a fault of the user's, and return what is told."""
    result = run(*arguments, answers=answers)
    assert isinstance(result.exception, UserError), result.output
    return str(result.exception)


def test_the_defaults_are_written_and_can_be_loaded(tmp_path: Path) -> None:
    """Without a question, and with the very settings that hold without a file."""
    result = run("--yes", "--folder", str(tmp_path))
    assert result.exit_code == 0
    assert f"Written: {tmp_path}/config.yaml" in result.output
    assert "hallmoot demo" in result.output
    written = load(environment={}, folder=tmp_path).process
    (tmp_path / "config.yaml").unlink()
    assert written == load(environment={}, folder=tmp_path).process


def test_discords_token_goes_into_a_file_of_its_own(tmp_path: Path) -> None:
    """Answered on the terminal; readable by its owner alone; found again by the settings."""
    answers = "discord\n\n\n\nde\nabc.def\n"
    assert run("--folder", str(tmp_path), answers=answers).exit_code == 0
    secret = tmp_path / "secrets" / "discord-token"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "abc.def" not in (tmp_path / "config.yaml").read_text()
    loaded = load(environment={}, folder=tmp_path)
    assert (loaded.process.discord.token, loaded.language, loaded.remarks) == ("abc.def", "de", ())


def test_slacks_tokens_go_into_three_files(tmp_path: Path) -> None:
    """The admin's may be left out."""
    answers = "\n\n\n\nxoxb-1\nxapp-2\n\n"
    assert run("--platform", "slack", "--folder", str(tmp_path), answers=answers).exit_code == 0
    (space,) = load(environment={}, folder=tmp_path).process.slack.workspaces
    assert (space.bot_token, space.app_token, space.admin_token) == ("xoxb-1", "xapp-2", None)
    assert sorted(path.name for path in (tmp_path / "secrets").iterdir()) == ["slack-app-token", "slack-bot-token"]


@pytest.mark.parametrize("platform", ["discord", "slack"])
def test_a_token_may_come_later(tmp_path: Path, platform: str) -> None:
    """The file says where to put it, and holds no key that names a missing file."""
    result = run("--yes", "--platform", platform, "--folder", str(tmp_path))
    assert f"Still to do: set the variable HALLMOOT_{platform.upper()}" in result.output
    assert f"HALLMOOT_{platform.upper()}" in (tmp_path / "config.yaml").read_text()
    process = load(environment={}, folder=tmp_path).process
    assert (process.discord.token, process.slack.workspaces) == (None, ())


def test_a_mistyped_answer_is_asked_again(tmp_path: Path) -> None:
    """With the nearest word, and with what an address looks like."""
    result = run("--folder", str(tmp_path), answers="slak\nnone\nftp://x\nlocalhost\n\n\n\n")
    assert result.exit_code == 0
    assert "`slak` is not known here. Did you mean `slack`?" in result.output
    assert "`ftp://x` is no address. Write one such as http://127.0.0.1:11434." in result.output


def test_another_machine_needs_a_yes(tmp_path: Path) -> None:
    """Asked on the terminal; by an option where nothing is asked."""
    folder = ("--folder", str(tmp_path))
    assert "Nothing was written." in refused(*folder, answers="none\n10.0.0.5\nn\n")
    assert "not on this machine" in refused(*folder, "--yes", "--ollama", "10.0.0.5")
    assert not list(tmp_path.iterdir())
    assert run(*folder, answers="none\n10.0.0.5\ny\n\n\n\n").exit_code == 0
    assert load(environment={}, folder=tmp_path).process.ollama.urls == ("http://10.0.0.5:11434",)
    assert run(*folder, "--yes", "--force", "--ollama", "10.0.0.6", "--allow-remote").exit_code == 0
    assert load(environment={}, folder=tmp_path).process.ollama.urls == ("http://10.0.0.6:11434",)


def test_files_that_are_there_stay_unless_force_is_said(tmp_path: Path) -> None:
    """Somebody may have worked on them."""
    (tmp_path / "config.yaml").write_text("log_level: debug\n")
    told = refused("--yes", "--folder", str(tmp_path))
    assert told == f"{tmp_path}/config.yaml: this file is there already. Use --force to write over what is there."
    assert (tmp_path / "config.yaml").read_text() == "log_level: debug\n"
    assert run("--yes", "--force", "--folder", str(tmp_path)).exit_code == 0
    assert load(environment={}, folder=tmp_path).process.log_level == "info"


def test_answers_that_end_early_write_nothing(tmp_path: Path) -> None:
    """As when Ctrl-D is pressed, or a script feeds too few lines."""
    assert "nothing was written" in refused("--folder", str(tmp_path), answers="discord\n")
    assert not list(tmp_path.iterdir())


def test_answers_that_can_not_be_used_are_told_at_once(tmp_path: Path) -> None:
    """Before anything is written, and without repeating a token."""
    told = refused(
        "--platform",
        "slack",
        "--language",
        "german",
        "--folder",
        str(tmp_path),
        answers="\n\n\nxapp-wrong\nxoxb-wrong\n\n",
    )
    assert told.split("\n") == [
        "answers: language: `german` is no language code. Write one such as en, de or pt-BR.",
        (
            "HALLMOOT_SLACK_BOT_TOKEN: this is another kind of token. Put the bot token, from OAuth & "
            "Permissions, here: it begins with xoxb-"
        ),
        (
            "HALLMOOT_SLACK_APP_TOKEN: this is another kind of token. Put the app-level token, from Basic "
            "Information, here: it begins with xapp-"
        ),
    ]
    assert not list(tmp_path.iterdir())


TEXT = st.text(max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(model="\U0001f600", db="a\u2028b", language="en", token="a", platform=Chat.DISCORD)
@example(model='"\\n#: [', db="~\U0001f600/'", language="en", token="", platform=Chat.SLACK)
@given(model=TEXT, db=TEXT, language=TEXT, token=TEXT, platform=st.sampled_from(Chat))
def test_whatever_is_answered_is_read_back_or_refused(
    tmp_path: Path, model: str, db: str, language: str, token: str, platform: Chat
) -> None:
    """No answer can change the meaning of another line."""
    answers = Answers(
        platform=platform,
        model=model,
        ollama="localhost",
        allow_remote=False,
        db=db,
        language=language,
        secrets={"HALLMOOT_DISCORD_TOKEN": token} if platform is Chat.DISCORD else {},
    )
    try:
        files = first_files(answers, tmp_path)
    except UserError as error:
        assert str(error)  # noqa: PT017 - either end is fine
        return
    write_over(files)
    loaded = load(environment={}, folder=tmp_path)
    assert loaded.process.ollama.model == model
    assert loaded.language == language
    assert loaded.process.discord.token == (token.strip() or None if platform is Chat.DISCORD else None)
