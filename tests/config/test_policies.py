"""Policies from files: what is loaded, and how every fault is told."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config.policy_files.policies import PolicyFiles, open_policy, shipped_folder
from bot.config.policy_files.policy_file import MOST_BYTES, plain_id, policy_from_text, read_policy
from bot.domain.actions import Action
from bot.domain.errors import PolicyError, UserError
from bot.domain.ids import ANY_CATEGORY, CategoryId, PolicyId
from bot.domain.policy import AppliesWhen, Effort, Severity

DATA = Path(__file__).parents[1] / "data"
POLICIES = DATA / "policies"

ACTIONS = "flag, escalate, warn, slowmode, delete, quarantine, timeout"

HEAD = """---
id: tidy
title: Tidy
languages: [en]
categories:
  - {id: TI1, title: Litter, severity: low, action: flag}
---
"""


def write(folder: Path, text: str | bytes, name: str = "policy.md") -> Path:
    """Write a file and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults_of(path: Path) -> list[str]:
    """Return the faults told of a policy that can't be used, without the file's name before each."""
    with pytest.raises(PolicyError) as raised:
        read_policy(path)
    return [line.removeprefix(str(path)) for line in str(raised.value).split("\n")]


def test_a_policy_file_gives_its_head_and_its_body() -> None:
    """Every key of the head arrives; the text is the body alone."""
    file = read_policy(POLICIES / "adverts" / "policy.md")
    policy = file.policy
    assert (policy.id, policy.title, policy.effort) == ("adverts", "Adverts", Effort.LOW)
    assert policy.languages == ("en", "no"), "Norwegian is a language, not the word false"
    assert policy.applies_when == {AppliesWhen.LINKS, AppliesWhen.NEW_MEMBERS}
    assert [category.id for category in policy.categories] == ["AD1", "AD10"]
    first, second = policy.categories
    assert (first.severity, first.action, first.return_text) == (Severity.MEDIUM, Action.DELETE, True)
    assert (second.severity, second.action, second.return_text) == (Severity.HIGH, Action.FLAG, False)
    assert policy.text.startswith("## VIOLATES\n")
    assert policy.text.endswith("somebody who asked.")
    assert [change.date.isoformat() for change in file.changelog] == ["2026-10-01", "2026-11-01"]


def test_the_hash_is_that_of_the_file_as_it_is(tmp_path: Path) -> None:
    """So anyone can check it with sha256sum."""
    path = write(tmp_path, HEAD + "TI1 is litter.")
    assert read_policy(path).policy.policy_hash == hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_a_head_leaves_out_gets_the_cautious_value(tmp_path: Path) -> None:
    """Judged in context, with everything, and nothing left to people alone."""
    policy = read_policy(write(tmp_path, HEAD + "TI1 is litter.")).policy
    assert (policy.effort, policy.applies_when) == (Effort.MEDIUM, frozenset({AppliesWhen.EVERYTHING}))
    only = policy.categories[0]
    assert (only.people_only, only.context_free, only.return_text) == (False, False, True)


def test_a_mark_and_carriage_returns_change_the_hash_but_not_the_text(tmp_path: Path) -> None:
    """The model reads the same, wherever the file was saved."""
    unix = read_policy(write(tmp_path / "unix", HEAD + "TI1 is litter.\nAll else is SAFE.\n")).policy
    text = (HEAD + "TI1 is litter.\nAll else is SAFE.\n").replace("\n", "\r\n")
    windows = read_policy(write(tmp_path / "windows", b"\xef\xbb\xbf" + text.encode())).policy
    assert windows.text == unix.text == "TI1 is litter.\nAll else is SAFE."
    assert windows.policy_hash != unix.policy_hash


def test_every_misspelt_key_is_told_at_once_with_its_line_and_the_nearest_key(tmp_path: Path) -> None:
    """Whoever mends the file sees all of it in one go."""
    text = """---
id: Tidy Room
titel: Tidy
languages: [en, english]
effort: middle
categories:
  - id: TI1
    title: Litter
    severty: low
    action: ban
    people_only: perhaps
  - id: TI2
    title: Dust
    severity: lowe
    action: delet
---
Dust is fine.
"""
    told = faults_of(write(tmp_path, text))
    assert told == [
        ":2: id: `Tidy Room` can't be an id. Use small letters, digits and single hyphens: off-topic.",
        ":2: title: this key is missing.",
        ":3: titel: there is no such key. Did you mean `title`?",
        ":4: languages[2]: `english` is no language code. Write one such as en, de or pt-BR.",
        ":5: effort: `middle` is not known here. Known here: low, medium, high.",
        ":7: categories[1].severity: this key is missing.",
        ":9: categories[1].severty: there is no such key. Did you mean `severity`?",
        ":10: categories[1].action: `ban` is only ever done by a person. Use escalate, so that people decide.",
        ":11: categories[1].people_only: must be true or false.",
        ":14: categories[2].severity: `lowe` is not known here. Did you mean `low`? All: low, medium, high, critical.",
        f":15: categories[2].action: `delet` is no action. Did you mean `delete`? All: {ACTIONS}.",
    ]


@pytest.mark.parametrize("categories", ["", "categories: []\n", "categories:\n", "categories: AD1\n"])
def test_a_policy_without_categories_is_refused(tmp_path: Path, categories: str) -> None:
    """The model could not choose among none."""
    told = faults_of(write(tmp_path, f"---\nid: tidy\ntitle: Tidy\nlanguages: [en]\n{categories}---\nText."))
    assert len(told) == 1
    assert "categories: " in told[0]


def test_a_body_must_name_every_category_as_a_whole_word(tmp_path: Path) -> None:
    """TI10 and TI1-like do not name TI1."""
    text = HEAD.replace("action: flag}", "action: flag}\n  - {id: TI10, title: Dust, severity: low, action: flag}")
    told = faults_of(write(tmp_path, text + "TI10 is dust, and TI1-like things are fine."))
    assert told == [
        ":6: categories[1].id: the policy's text never names `TI1`. Say there what falls under it.",
    ]


def test_two_categories_may_not_share_an_id_whatever_its_case(tmp_path: Path) -> None:
    """People and models mix the cases up."""
    text = HEAD.replace("action: flag}", "action: flag}\n  - {id: ti1, title: Dust, severity: low, action: flag}")
    told = faults_of(write(tmp_path, text + "TI1 and ti1."))
    assert told == [":7: categories[2].id: `ti1` is the id of an earlier category too. Give each its own."]


@pytest.mark.parametrize("token", ["<|end|>", "<|start|>system", "a <| b"])
def test_control_tokens_in_a_body_are_refused_with_their_line(tmp_path: Path, token: str) -> None:
    """They could end the policy in the middle."""
    told = faults_of(write(tmp_path, HEAD + f"TI1 is litter.\n{token}\n"))
    assert len(told) == 1
    assert told[0].startswith(":9: this line holds `<|`")


def test_control_tokens_in_a_plain_text_are_refused_too(tmp_path: Path) -> None:
    """A plain text goes into the same place of the prompt."""
    told = faults_of(write(tmp_path, "No noise.\n<|end|>", "noise.txt"))
    assert told[0].startswith(":2: this line holds `<|`")


def test_faults_of_head_and_body_are_told_together(tmp_path: Path) -> None:
    """Neither hides the other."""
    told = faults_of(write(tmp_path, HEAD.replace("title: Tidy", "titel: Tidy") + "TI1 \x00 <|end|>"))
    assert len(told) == 4
    assert "control character, '\\x00'" in told[2]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("id: &a tidy\ntitle: *a\n", ":3: anchors and aliases (`*a`)"),
        ("id: !!python/object:os.system tidy\n", ":2: tags (`tag:yaml.org,2002:python/object:os.system`)"),
        ("id: tidy\nid: other\ntitle: T\nlanguages: [en]\n", ":3: id: this key stands here for the second time"),
        ("id: [tidy\n", ":3: this is not valid YAML"),
        ("? [a, b]\n: c\n", ":2: a key must be a single word."),
        ("id: " + "[" * 20 + "]" * 20 + "\n", ":2: this is nested more than 12 deep."),
        ("just words\n", "must be a group of keys"),
        ('title: "\\ud800"\n', "half of a character"),
        ('title: "\\UFFFFFFFF"\n', "this is not valid YAML."),
    ],
)
def test_yaml_that_plain_settings_do_not_need_is_refused(tmp_path: Path, head: str, said: str) -> None:
    """Aliases, tags, doubled keys, deep nesting and broken escapes each get their own sentence."""
    told = faults_of(write(tmp_path, f"---\n{head}---\nText."))
    assert any(said in line for line in told), told


def test_a_head_that_never_ends_is_told(tmp_path: Path) -> None:
    """It is not taken for a plain text."""
    assert faults_of(write(tmp_path, "---\nid: tidy\n")) == [
        ":1: the head that begins here never ends. Close it with a line `---`.",
    ]


def test_a_policy_md_whose_head_was_damaged_is_told(tmp_path: Path) -> None:
    """Its categories would be lost without a word; one that never had a head is a plain policy."""
    assert faults_of(write(tmp_path, f"\n{HEAD}TI1."))[0].startswith(":1: this reads like a head")
    assert read_policy(write(tmp_path, "No litter.")).policy.text == "No litter."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * (MOST_BYTES + 1), ": this file is larger than 128 KiB"),
        (b"fine\nna\xefve", ":2: this line is not UTF-8 text."),
        ("text".encode("utf-16"), ": this file is in UTF-16."),
        (b" \n\n", ":1: the policy's text is empty."),
    ],
)
def test_files_that_are_no_text_of_use_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """Too large, of another encoding, or empty."""
    assert faults_of(write(tmp_path, content, "rules.txt"))[0].startswith(said)


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    """The bound itself is within it."""
    assert len(read_policy(write(tmp_path, "x" * MOST_BYTES, "rules.txt")).policy.text) == MOST_BYTES


def test_a_missing_file_and_a_device_are_told(tmp_path: Path) -> None:
    """Neither is waited for nor read without end."""
    assert faults_of(tmp_path / "none.txt")[0].startswith(": there is no such file.")
    assert faults_of(Path("/dev/zero"))[0].startswith(": this is not a file.")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("Our Rules.txt", "our-rules"), ("../../etc/passwd", "etc-passwd"), ("", "uploaded"), ("policy.txt", "uploaded")],
)
def test_a_text_that_somebody_sent_is_read_like_a_file(name: str, wanted: str) -> None:
    """What they called it is a name at most, never a path."""
    file = policy_from_text("No noise.\r\nNone.", name)
    assert (file.policy.id, file.policy.text) == (wanted, "No noise.\nNone.")
    assert not file.golden.exists()
    assert policy_from_text(HEAD + "TI1.", name).policy.id == "tidy"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * (MOST_BYTES + 1), "uploaded/rules.txt: this is larger than 128 KiB."),
        ("lone \ud800", "uploaded/rules.txt: this holds half of a character (a lone surrogate)."),
        ("a\n<|end|>", "uploaded/rules.txt:2: this line holds `<|`"),
        ("---\n" + "a:\n" * 30_000 + "---\nx", "uploaded/rules.txt:1: the head is longer than 16 KiB."),
        ("---\nid: x", "uploaded/rules.txt:1: the head that begins here never ends."),
    ],
)
def test_a_text_that_can_not_be_a_policy_is_told_to_whoever_sent_it(text: str, said: str) -> None:
    """As a file would be."""
    with pytest.raises(PolicyError) as raised:
        policy_from_text(text, "rules.txt")
    assert str(raised.value).startswith(said)


def test_plain_texts_in_one_folder_do_not_share_golden_rows(tmp_path: Path) -> None:
    """A golden.csv belongs to the policy that has the folder to itself."""
    assert read_policy(write(tmp_path, "No noise.", "noise.txt")).golden.name == "noise.golden.csv"
    assert read_policy(write(tmp_path, "No noise.", "policy.txt")).golden.name == "golden.csv"


def test_a_plain_text_is_a_policy_with_one_category() -> None:
    """Any text that people have already serves unchanged, blank lines, curly quotes, emoji and all."""
    policy = read_policy(DATA / "plain-policy.txt").policy
    assert (policy.id, policy.title) == ("plain-policy", "Noise Policy (#NO)")
    assert policy.languages == ()
    only = policy.categories[0]
    assert (only.id, only.severity, only.action) == (ANY_CATEGORY, Severity.MEDIUM, Action.FLAG)
    assert policy.context_free
    assert "back \U0001f389\u201d\n ✅ Output: FINE\n\n\n🚫 Noise" in policy.text


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("My Rules!.txt", "my-rules"), ("no-spam/policy.txt", "no-spam"), ("✅.txt", "policy"), ("a" * 90, "a" * 64)],
)
def test_a_plain_text_gets_its_id_from_its_name(path: str, wanted: str) -> None:
    """Or from its folder, when it is just called policy."""
    assert plain_id(Path("/rules") / path) == wanted


def test_a_folder_of_folders_is_read_by_name() -> None:
    """The order of names is the order in which ties are settled."""
    source = PolicyFiles([POLICIES])
    assert [policy.id for policy in source.policies()] == ["adverts", "kindness"]
    kindness = source.get(PolicyId("kindness"))
    assert kindness is not None
    assert kindness.category(CategoryId("KI1")).people_only
    assert source.get(PolicyId("gentle")) is None


def test_a_broken_policy_stands_aside_with_all_its_faults(tmp_path: Path) -> None:
    """It hides no other, neither a broken one nor one that can be used; what it is called stands in its head."""
    write(tmp_path / "good", HEAD + "TI1.")
    write(tmp_path / "one", HEAD + "No category here.")
    write(tmp_path / "two", HEAD.replace("low", "lo") + "TI1.")
    write(tmp_path / "three", "Text.", "Policy.txt")
    (tmp_path / "one" / "policy.md").write_text(HEAD.replace("id: tidy", "id: neat") + "No category here.")
    (tmp_path / "two" / "policy.md").write_text(HEAD.replace("low", "lo").replace("id: tidy", "id: 'clean'") + "TI1.")
    source = PolicyFiles([tmp_path])
    assert [policy.id for policy in source.policies()] == ["tidy"]
    assert source.unusable() == {"neat", "clean", "three"}
    told = "\n".join(map(str, source.broken.values()))
    assert "one/policy.md:6: categories[1].id: the policy's text never names `TI1`" in told
    assert "two/policy.md:6: categories[1].severity: `lo` is not known here. Did you mean `low`?" in told
    assert "three: this folder has no policy.md." in told
    with pytest.raises(PolicyError, match=r"no policy\.md"):
        source.find("three")
    with pytest.raises(PolicyError, match="none: there is no such file or folder"):
        PolicyFiles([tmp_path, tmp_path / "none"])


def test_a_broken_policy_of_ones_own_lets_no_shipped_one_take_its_place(tmp_path: Path) -> None:
    """Its rules are other ones: judging by those instead would surprise whoever wrote their own."""
    write(tmp_path / "own", HEAD.replace("id: tidy", "id: kindness") + "Nothing of it.")
    source = PolicyFiles([tmp_path], beneath=[POLICIES])
    assert [policy.id for policy in source.policies()] == ["adverts"]
    assert source.unusable() == {"kindness"}


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """Judging by no policy at all would look like all is well."""
    with pytest.raises(PolicyError, match="there is no policy in this folder"):
        PolicyFiles([tmp_path])


def test_an_id_may_stand_in_one_place_only(tmp_path: Path) -> None:
    """Otherwise it would hang on the order of files which rules hold."""
    write(tmp_path / "one", HEAD + "TI1.")
    write(tmp_path / "two", HEAD + "TI1.")
    source = PolicyFiles([tmp_path])
    assert source.policies() == ()
    with pytest.raises(PolicyError, match=r"two/policy\.md: id: `tidy` is the id of .*one/policy\.md too"):
        source.find("tidy")


def test_ones_own_policy_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    """Shipped policies are there to be adapted."""
    write(tmp_path / "own", HEAD.replace("id: tidy", "id: kindness") + "TI1, our way.")
    source = PolicyFiles([tmp_path], beneath=[POLICIES])
    assert [policy.id for policy in source.policies()] == ["kindness", "adverts"]
    own = source.get(PolicyId("kindness"))
    assert own is not None
    assert own.text == "TI1, our way."


def test_a_name_is_an_id_or_a_path(tmp_path: Path) -> None:
    """Commands take either."""
    source = PolicyFiles([POLICIES])
    assert source.find("adverts").policy.id == "adverts"
    assert source.find(str(write(tmp_path, HEAD + "TI1."))).policy.id == "tidy"
    assert open_policy(str(POLICIES / "kindness")).policy.id == "kindness"
    with pytest.raises(PolicyError, match=r"Did you mean `adverts`\?"):
        source.find("advert")


@pytest.mark.parametrize("name", ["x" * 5000, "a\x00b", "none\x1b[31m"])
def test_a_name_that_can_be_no_path_is_told_without_its_control_characters(name: str) -> None:
    """Terminals stay as they are."""
    with pytest.raises(PolicyError) as raised:
        open_policy(name)
    assert "\x1b" not in str(raised.value)


def test_shipped_policies_are_found_in_a_checkout_and_in_an_installed_package(tmp_path: Path) -> None:
    """Another project's `policies` folder beside the package is never taken for ours."""
    checkout, installed = tmp_path / "checkout", tmp_path / "site-packages"
    write(checkout, "", "pyproject.toml")
    write(checkout / "policies" / "tidy", HEAD + "TI1.")
    assert shipped_folder(checkout / "bot") == checkout / "policies"
    write(installed / "policies", "somebody else's", "policy.md")
    with pytest.raises(PolicyError, match="the shipped policies are missing"):
        shipped_folder(installed / "bot")
    write(installed / "bot" / "_shipped" / "policies" / "tidy", HEAD + "TI1.")
    assert shipped_folder(installed / "bot") == installed / "bot" / "_shipped" / "policies"


HOSTILE = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(alphabet="-&*!|>{}[]:,?#'\"%@\\ \n\tid0aU<", max_size=300).map(str.encode),
    st.text(alphabet="&*!|>{}[]:,?'\" \n\tidtlec", max_size=200).map(lambda text: f"---\n{text}\n---\nbody".encode()),
    st.text(max_size=60).map(lambda text: HEAD.replace("Tidy", text).encode("utf-8", "replace")),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=HOSTILE, name=st.sampled_from(["policy.md", "rules.txt"]))
def test_hostile_policy_files_end_as_a_policy_or_a_clear_error(tmp_path: Path, content: bytes, name: str) -> None:
    """Whatever the bytes, the answer is a policy that is safe to render or an error that names the file."""
    path = write(tmp_path, content, name)
    try:
        policy = read_policy(path).policy
    except UserError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - either end is fine
    else:
        assert "<|" not in policy.text
        policy.text.encode()
