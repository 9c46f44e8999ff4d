"""Settings of the process: what goes before what, where secrets come from, and how faults are told."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config.policy_files.policies import PolicyFiles
from bot.config.settings.load import Loaded, Options, load
from bot.domain.actions import Mode
from bot.domain.errors import ConfigError
from bot.domain.ids import CommunityId
from bot.domain.policy import Effort

DATA = Path(__file__).parents[1] / "data"
POLICIES = PolicyFiles([DATA / "policies"]).policies()
DISCORD_LIKE = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"


def read(folder: Path, text: str | bytes = "", options: Options | None = None, **environment: str) -> Loaded:
    """Write a config.yaml where text is given, and load."""
    if text:
        (folder / "config.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(options or Options(), environment=environment, folder=folder)


def faults(folder: Path, text: str | bytes = "", options: Options | None = None, **environment: str) -> list[str]:
    """Return what is told of settings that can't be used, without the file's name before each."""
    with pytest.raises(ConfigError) as raised:
        read(folder, text, options, **environment)
    return [fault.removeprefix(str(folder / "config.yaml")) for fault in raised.value.faults]


def write_secret(folder: Path, name: str, value: str) -> Path:
    """Write a file that only its owner may read."""
    path = folder / name
    path.write_text(value)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


def test_nothing_at_all_gives_cautious_defaults(tmp_path: Path) -> None:
    """No file, no variable, no option: a local model, a local database, no platform."""
    loaded = read(tmp_path)
    process = loaded.process
    assert (process.ollama.urls, process.ollama.model) == (("http://127.0.0.1:11434",), "gpt-oss-safeguard:20b")
    assert (process.ollama.slots, process.ollama.num_ctx, process.ollama.allow_remote) == (1, 8192, False)
    assert process.ollama.reasoning_budget(Effort.LOW) < process.ollama.reasoning_budget(Effort.HIGH)
    assert process.storage.path == str(tmp_path / "data/hallmoot.db")
    assert process.storage.keep_text_without_case == timedelta(hours=24)
    assert process.storage.keep_text_deleted == timedelta(hours=1)
    assert process.storage.keep_text_of_case == timedelta(days=90)
    assert (process.discord.token, process.slack.workspaces) == (None, ())
    assert (loaded.path, loaded.remarks, loaded.named) == (None, (), {})


@pytest.mark.parametrize("text", ["# nothing\n", "---\n", "ollama:\ndiscord:\n", "{}"])
def test_a_file_without_settings_gives_the_defaults(tmp_path: Path, text: str) -> None:
    """Keys with nothing after them count as left out."""
    with_file = read(tmp_path, text).process
    (tmp_path / "config.yaml").unlink()
    assert with_file == load(environment={}, folder=tmp_path).process


def test_an_option_goes_before_a_variable_before_the_file(tmp_path: Path) -> None:
    """Each layer is seen when the ones above it are silent."""
    text = "ollama: {model: of-the-file, urls: ['http://localhost:1']}"
    option = Options(model="of-the-option", ollama="localhost:3")
    assert read(tmp_path, text).process.ollama.model == "of-the-file"
    assert read(tmp_path, text).process.ollama.urls == ("http://localhost:1",)
    by_variable = read(tmp_path, text, HALLMOOT_MODEL="of-the-variable", OLLAMA_HOST="127.0.0.1:2").process.ollama
    assert (by_variable.model, by_variable.urls) == ("of-the-variable", ("http://127.0.0.1:2",))
    by_option = read(tmp_path, text, option, HALLMOOT_MODEL="of-the-variable", OLLAMA_HOST="127.0.0.1:2").process.ollama
    assert (by_option.model, by_option.urls) == ("of-the-option", ("http://localhost:3",))
    assert read(tmp_path, text, HALLMOOT_MODEL="  ").process.ollama.model == "of-the-file"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("localhost:8080", "http://localhost:8080"),
        (":9999", "http://127.0.0.1:9999"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - what a server listens on
        ("http://localhost", "http://localhost:80"),
        ("https://localhost/", "https://localhost:443"),
        ("[::1]:5", "http://[::1]:5"),
        ("https://localhost/ollama/", "https://localhost:443/ollama"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it(tmp_path: Path, written: str, meant: str) -> None:
    """Scheme and port may be left out; an address that a server listens on means this machine."""
    assert read(tmp_path, OLLAMA_HOST=written).process.ollama.urls == (meant,)


@pytest.mark.parametrize("written", ["ftp://localhost", "local host", "http://localhost:x", "localhost?a=b"])
def test_what_is_no_address_is_told_at_its_variable(tmp_path: Path, written: str) -> None:
    """The file is not blamed for what stands in the environment."""
    assert faults(tmp_path, "log_level: info", OLLAMA_HOST=written) == [
        f"OLLAMA_HOST: `{written}` is no address. Write one such as http://127.0.0.1:11434.",
    ]


def test_an_address_beyond_this_machine_needs_a_yes(tmp_path: Path) -> None:
    """Ollama asks nobody for a password."""
    told = faults(tmp_path, options=Options(ollama="http://192.168.1.5:11434"))
    assert told[0].startswith("--ollama: http://192.168.1.5:11434 is not on this machine.")
    allowed = Options(ollama="192.168.1.5", allow_remote=True)
    assert read(tmp_path, options=allowed).process.ollama.urls == ("http://192.168.1.5:11434",)
    assert read(tmp_path, "ollama: {allow_remote: true}", OLLAMA_HOST="10.0.0.1").process.ollama.allow_remote
    assert faults(tmp_path, "ollama: {urls: ['http://me:pw@localhost']}")[0].startswith(
        ":1: ollama.urls[1]: an address"
    )


def test_paths_count_from_the_file_or_from_where_the_command_runs(tmp_path: Path) -> None:
    """What stands in a file means the same wherever the command is started."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "my.yaml").write_text("storage: {path: kept.db}\npolicy_folders: [rules]")
    read_file = load(Options(config=Path("home/my.yaml")), environment={}, folder=tmp_path)
    assert read_file.process.storage.path == str(home / "kept.db")
    assert read_file.process.policy_folders == (str(home / "rules"),)
    by_variable = load(environment={"HALLMOOT_CONFIG": "home/my.yaml", "HALLMOOT_DB": "x.db"}, folder=tmp_path)
    assert by_variable.process.storage.path == str(tmp_path / "x.db")
    by_option = Options(config=Path("home/my.yaml"), policies="a, b")
    assert load(by_option, environment={}, folder=tmp_path).process.policy_folders == (
        str(tmp_path / "a"),
        str(tmp_path / "b"),
    )


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    """Only the usual name may be missing."""
    with pytest.raises(ConfigError, match=r"none\.yaml: there is no such file"):
        load(Options(config=Path("none.yaml")), environment={}, folder=tmp_path)


def test_every_fault_is_told_at_once_with_line_key_and_nearest_key(tmp_path: Path) -> None:
    """Misspelt, missing, impossible and doubled, in every part of the file; beside it stands what is told."""
    told = faults(tmp_path, (DATA / "faulty-config.yaml").read_text())
    assert told == (DATA / "faulty-config.told.txt").read_text().splitlines()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: " + b"x" * 70_000, ": this file is larger than 64 KiB"),
        (b"ollama:\n  model: na\xefve", ":2: this line is not UTF-8 text."),
        ("ollama: &o {slots: 1}\nslack: *o", ":1: anchors and aliases (`&o`) are not read here."),
        ("a: &a [x,x,x]\nb: &b [*a,*a,*a]", ":2: anchors and aliases (`*a`) are not read here."),
        ("ollama: {<<: {slots: 2}}", ":1: ollama.<<: there is no such key."),
        ("ollama:\n\tslots: 1", ":2: this is not valid YAML"),
        ("a: 1\n---\nb: 2", ":2: a second document begins here."),
        ("- a\n- b", ":1: must be a group of keys"),
        ("slack: {workspaces: {My Club: {}}}", ":1: slack.workspaces.My Club: `My Club` can't be a workspace's name"),
        ("storage: {path: ~nobody-of-that-name/x}", ":1: storage.path: `~nobody-of-that-name/x` begins with a user"),
        ("ollama: {model: 20}", ":1: ollama.model: must be text. Put quotes around it."),
        ("ollama: {slots: true}", ":1: ollama.slots: must be a number, not true or false."),
    ],
)
def test_text_that_is_no_plain_settings_is_told(tmp_path: Path, text: str | bytes, said: str) -> None:
    """Size, encoding, aliases, merge keys, tabs, several documents."""
    told = faults(tmp_path, text)
    assert any(line.startswith(said) for line in told), told


def test_a_mark_and_carriage_returns_are_read(tmp_path: Path) -> None:
    """What Windows saves is read as it is meant."""
    assert read(tmp_path, b"\xef\xbb\xbfollama:\r\n  slots: 3\r\n").process.ollama.slots == 3


def test_a_discord_token_comes_from_the_variable_before_the_file(tmp_path: Path) -> None:
    """A file that the variable makes superfluous need not even be there."""
    write_secret(tmp_path, "token", f"{DISCORD_LIKE}\n")
    text = "discord: {token_file: token}"
    assert read(tmp_path, text).process.discord.token == DISCORD_LIKE
    assert read(tmp_path, text, HALLMOOT_DISCORD_TOKEN=" other ").process.discord.token == "other"
    missing = "discord: {token_file: none}"
    assert read(tmp_path, missing, HALLMOOT_DISCORD_TOKEN="other").process.discord.token == "other"
    assert faults(tmp_path, missing)[0].startswith(f":1: discord.token_file: {tmp_path}/none: there is no such file.")


@pytest.mark.parametrize("value", ["", " \n", "one\ntwo", "tök"])
def test_a_secret_file_without_one_plain_line_is_told_without_its_content(tmp_path: Path, value: str) -> None:
    """Nothing of a secret is ever printed."""
    write_secret(tmp_path, "token", value)
    told = faults(tmp_path, "discord: {token_file: token}")
    assert len(told) == 1
    assert told[0].startswith(":1: discord.token_file: ")
    assert not value.strip() or value not in told[0]


def test_a_secret_that_others_may_read_is_remarked(tmp_path: Path) -> None:
    """It is no fault: containers mount secrets so."""
    write_secret(tmp_path, "token", "abc").chmod(0o644)
    assert read(tmp_path, "discord: {token_file: token}").remarks == (
        f"{tmp_path}/token: others on this machine may read this secret. Run: chmod 600 {tmp_path}/token",
    )


@pytest.mark.parametrize("secret", ["xoxb-123456-abcdef", "xapp-1-abcdef", DISCORD_LIKE])
def test_a_secret_anywhere_in_the_file_is_refused_and_not_repeated(tmp_path: Path, secret: str) -> None:
    """Whatever the key it stands at, also where the value would be told as unknown."""
    told = faults(tmp_path, f"slack: {{workspaces: {{main: {{bot_token: {secret}}}}}}}\nlog_level: {secret}\n")
    assert any(line.startswith(":1: slack.workspaces.main.bot_token: this looks like a secret") for line in told)
    assert any(line.startswith(":2: log_level: this looks like a secret") for line in told)
    assert secret not in "\n".join(told)


def test_a_workspace_needs_no_file_at_all(tmp_path: Path) -> None:
    """Two variables are enough for one workspace."""
    loaded = read(tmp_path, HALLMOOT_SLACK_BOT_TOKEN="xoxb-1", HALLMOOT_SLACK_APP_TOKEN="xapp-1")
    (only,) = loaded.process.slack.workspaces
    assert (only.bot_token, only.app_token, only.admin_token) == ("xoxb-1", "xapp-1", None)


def test_several_workspaces_are_told_apart_by_their_names(tmp_path: Path) -> None:
    """One by files, one by variables, one by both."""
    write_secret(tmp_path, "bot", "xoxb-file")
    write_secret(tmp_path, "app", "xapp-file")
    text = """slack:
  workspaces:
    club: {bot_token_file: bot, app_token_file: app}
    work: {app_token_file: app}
"""
    loaded = read(
        tmp_path,
        text,
        HALLMOOT_SLACK_WORK_BOT_TOKEN="xoxb-work",
        HALLMOOT_SLACK_WORK_ADMIN_TOKEN="xoxp-work",
        HALLMOOT_SLACK_BAND_ROOM_BOT_TOKEN="xoxb-band",
        HALLMOOT_SLACK_BAND_ROOM_APP_TOKEN="xapp-band",
    )
    tokens = [(space.bot_token, space.app_token, space.admin_token) for space in loaded.process.slack.workspaces]
    assert tokens == [
        ("xoxb-file", "xapp-file", None),
        ("xoxb-work", "xapp-file", "xoxp-work"),
        ("xoxb-band", "xapp-band", None),
    ]


def test_what_a_workspace_lacks_or_mixes_up_is_told(tmp_path: Path) -> None:
    """All of it at once, and never a token's own text."""
    text = "slack:\n  workspaces:\n    club: {}\n    work: {}\n"
    told = faults(
        tmp_path,
        text,
        HALLMOOT_SLACK_CLUB_BOT_TOKEN="xapp-mixed",
        HALLMOOT_SLACK_CLUB_APP_TOKEN="xapp-1",
        HALLMOOT_SLACK_ADMIN_TOKEN="xoxp-whose",
        HALLMOOT_SLACK_WORK_BOT_TOKEN="xoxb-1",
    )
    assert told == [
        "HALLMOOT_SLACK_ADMIN_TOKEN: which workspace is it for? Name it HALLMOOT_SLACK_<NAME>_ADMIN_TOKEN.",
        (
            "HALLMOOT_SLACK_CLUB_BOT_TOKEN: this is another kind of token. Put the bot token, from OAuth & "
            "Permissions, here: it begins with xoxb-"
        ),
        (
            ":4: slack.workspaces.work.app_token_file: the workspace work lacks the app-level token, from Basic "
            "Information. Set HALLMOOT_SLACK_WORK_APP_TOKEN, or name a file in `app_token_file`."
        ),
    ]


def test_the_address_told_of_outages_is_a_secret_too(tmp_path: Path) -> None:
    """Whoever has a webhook's address can write in its name."""
    url = "https://hooks.example/T1/B1/x"
    assert read(tmp_path, HALLMOOT_NOTIFY_URL=url).process.degraded.notify_url == url
    assert faults(tmp_path, f"degraded: {{notify_url: '{url}'}}")[0].startswith(
        ":1: degraded.notify_url: such an address is a secret. Set HALLMOOT_NOTIFY_URL"
    )
    assert faults(tmp_path, "log_level: info", HALLMOOT_NOTIFY_URL="hooks")[0].startswith(
        "HALLMOOT_NOTIFY_URL: must be"
    )


def test_a_misspelt_variable_is_remarked(tmp_path: Path) -> None:
    """Otherwise nothing would say why Discord is not used."""
    (remark,) = read(tmp_path, HALLMOOT_DISCORD_TOKN="x").remarks
    assert remark == "HALLMOOT_DISCORD_TOKN: nothing reads this variable. Did you mean `HALLMOOT_DISCORD_TOKEN`?"


def test_communities_of_the_file_are_built_with_the_policies(tmp_path: Path) -> None:
    """The file names them, so commands leave them alone."""
    text = """language: de
communities:
  discord:123:
    mode: live
    language: fr
    policies: {adverts: {mode: live, categories: {AD1: {mode: live}}}}
  slack:T9: {}
"""
    loaded = read(tmp_path, text)
    club = CommunityId("discord:123")
    assert loaded.names(club)
    assert not loaded.names(CommunityId("discord:124"))
    made = loaded.communities(POLICIES)
    assert list(made) == ["discord:123", "slack:T9"]
    assert made[club].mode is Mode.LIVE
    assert [switch.policy for switch in made[club].policies] == ["adverts"]
    assert [settings.language for settings in made.values()] == ["fr", "de"], "its own, else the one at the top"


def test_policies_that_are_not_there_are_told_for_all_communities_at_once(tmp_path: Path) -> None:
    """With the line they stand on."""
    text = """communities:
  discord:123:
    policies:
      advert: {}
      adverts:
        categories:
          AD2: {}
  slack:T9:
    policies: {kindnes: {}}
"""
    loaded = read(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        loaded.communities(POLICIES)
    told = [fault.removeprefix(str(tmp_path / "config.yaml")) for fault in raised.value.faults]
    assert told == [
        ":4: communities.discord:123.policies.advert: there is no such policy. Did you mean `adverts`?",
        (
            ":7: communities.discord:123.policies.adverts.categories.AD2: the policy adverts has no such category. Did "
            "you mean `AD1`?"
        ),
        ":9: communities.slack:T9.policies.kindnes: there is no such policy. Did you mean `kindness`?",
    ]


KEYS = st.sampled_from(["ollama", "urls", "slack", "workspaces", "communities", "discord:1", "policies", "mode", "x"])
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["10m", "&a", "*a", "!!x"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


def as_yaml(value: object) -> str:
    """Return a value in YAML's flow form, its texts bare, so that they may mean anything."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    return str(value)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.dictionaries(KEYS, VALUES, max_size=4).map(lambda value: as_yaml(value).encode("utf-8", "surrogatepass")),
        st.text(alphabet="-&*!|>{}[]:,?#'\"%@\\ \n\tidlo0aUxn~", max_size=200).map(str.encode),
        st.binary(max_size=200),
    ),
    host=st.text(max_size=20),
)
def test_hostile_settings_end_as_settings_or_a_clear_error(tmp_path: Path, content: bytes, host: str) -> None:
    """Whatever the bytes and the variables, nothing but ConfigError comes out."""
    (tmp_path / "config.yaml").write_bytes(content)
    try:
        loaded = load(environment={"OLLAMA_HOST": host, "HALLMOOT_SLACK_BOT_TOKEN": host}, folder=tmp_path)
    except ConfigError as error:
        assert all(fault.isprintable() for fault in error.faults)  # noqa: PT017 - either end is fine
    else:
        assert loaded.process.ollama.urls
