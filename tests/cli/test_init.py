"""`hallmoot init`: what is asked, what is written, and what is refused."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.cli.init import init
from bot.config.settings.init import Answers, Chat, first_files
from bot.config.settings.load import load
from bot.config.settings.writing import write_over
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


def test_the_defaults_are_written_and_can_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a question, and with the very settings that hold without a file."""
    monkeypatch.delenv("OLLAMA_HOST")
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


def test_the_address_that_ollamas_own_variable_names_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever set it means it here too; one that is none is passed over."""
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0:4321")
    assert run("--folder", str(tmp_path), answers="none\n\n\n\n\n").exit_code == 0
    assert load(environment={}, folder=tmp_path).process.ollama.urls == ("http://127.0.0.1:4321",)
    assert run("--force", "--yes", "--folder", str(tmp_path)).exit_code == 0
    assert load(environment={}, folder=tmp_path).process.ollama.urls == ("http://127.0.0.1:4321",)
    monkeypatch.setenv("OLLAMA_HOST", "http://[::1")
    assert run("--force", "--yes", "--folder", str(tmp_path)).exit_code == 0
    assert load(environment={}, folder=tmp_path).process.ollama.urls == ("http://127.0.0.1:11434",)


DISCORDS = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"


@pytest.mark.parametrize("token", [DISCORDS, "xoxb-1-2-abc", "xapp-1-A-2-abc", "xoxp-1-2-abc", "xoxe.xoxp-1-abc"])
@pytest.mark.parametrize("question", range(5))
def test_a_token_is_known_wherever_it_is_pasted(tmp_path: Path, question: int, token: str) -> None:
    """Into each question that is not for tokens: it is asked again, and written nowhere, not even on the screen."""
    answers = ["none", "", "", "", ""]
    answers.insert(question, token)
    result = run("--folder", str(tmp_path), answers="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "it can be read on your screen now" in " ".join(result.output.split())
    assert result.output.count(token) <= 1  # what the terminal itself shows of an answer
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]
    assert token not in (tmp_path / "config.yaml").read_text()


@pytest.mark.parametrize(
    ("platform", "typed", "kept"),
    [
        ("slack", ["xapp-2", "xoxb-1", "xoxb-1", "xapp-2", "xoxb-3", ""], ("xoxb-1", "xapp-2", None)),
        ("slack", ["nonsense", "xoxb-1", "xapp-2", "xoxp-3"], ("xoxb-1", "xapp-2", "xoxp-3")),
        ("discord", ["xoxb-1-2-3", "Bot abc.def", "abc\tdef", "abc.def"], "abc.def"),
    ],
)
def test_another_tokens_question_asks_again(tmp_path: Path, platform: str, typed: list[str], kept: object) -> None:
    """It says which one that was; the right one is taken."""
    answers = "\n".join(["", "", "", "", *typed]) + "\n"
    result = run("--platform", platform, "--folder", str(tmp_path), answers=answers)
    assert result.exit_code == 0, result.output
    process = load(environment={}, folder=tmp_path).process
    if platform == "discord":
        assert process.discord.token == kept
    else:
        (space,) = process.slack.workspaces
        assert (space.bot_token, space.app_token, space.admin_token) == kept


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--language", "german"), "no language code"),
        (("--ollama", "ftp://x"), "no address"),
        (("--db", "xoxb-1"), "Slack"),
    ],
)
def test_an_option_that_can_not_be_used_is_told_before_anything_is_asked(
    tmp_path: Path, option: tuple[str, str], said: str
) -> None:
    """Nobody answers eight questions for nothing."""
    told = refused("--folder", str(tmp_path), *option)
    assert told.startswith(f"{option[0]}: ")
    assert said in told


def test_a_language_without_sentences_is_told(tmp_path: Path) -> None:
    """Cards in English would be a surprise; a language of its own form counts as the language."""
    for language, told in (("xx", True), ("de-AT", False), ("en-GB", False)):
        result = run("--yes", "--force", "--language", language, "--folder", str(tmp_path))
        assert (result.exit_code, "will be in English" in result.output) == (0, told)


def test_settings_that_are_there_are_told_before_anything_is_asked(tmp_path: Path) -> None:
    """The same."""
    (tmp_path / "config.yaml").write_text("")
    assert "there already" in refused("--folder", str(tmp_path))


def test_what_was_pasted_beyond_the_questions_is_not_left_for_the_shell(tmp_path: Path) -> None:
    """On a real terminal: the shell would take a token for a command, and remember it."""
    program = (
        "import sys; from bot.cli.main import main; sys.argv = ['hallmoot', 'init', '--folder', sys.argv[1]]\n"
        "import atexit, os, select\n"
        "atexit.register(lambda: print('LEFT', len(select.select([0], [], [], 0.3)[0]), flush=True))\n"
        "main()"
    )
    ours, theirs = os.openpty()
    with subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=Path(__file__).parents[2],
    ) as process:
        os.write(ours, b"none\n\n\n\n\nxoxb-1-2-abc\nand more\n")
        said = process.communicate(timeout=120)[0].decode()
    assert "LEFT 0" in said, said
    assert (tmp_path / "config.yaml").exists()


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
