"""Prompts are put together from a prefix that is rendered once; openai-harmony's own rendering is the measure."""

from hypothesis import given
from hypothesis import strategies as st
from openai_harmony import Conversation, DeveloperContent, Message, ReasoningEffort, Role, SystemContent

from bot.domain.policy import Effort
from bot.inference.prompts.harmony import Harmony
from bot.inference.prompts.prompt import ANALYSIS, IDENTITY, OUTPUT_CONTRACT, user_turn
from bot.inference.prompts.vocabulary import load_encoding
from tests.inference.samples import INSTALL_KEY, question, settings

HARMONY = Harmony(install_key=INSTALL_KEY, settings=settings())


@given(text=st.text(max_size=300))
def test_a_prompt_is_what_openai_harmony_renders(text: str) -> None:
    """Letter by letter, and token by token; lone surrogates are replaced before either sees them."""
    encoding, asked = load_encoding(), question(text)
    prompt = HARMONY.render(asked)
    system = SystemContent(model_identity=IDENTITY, reasoning_effort=ReasoningEffort.LOW, knowledge_cutoff=None)
    developer = DeveloperContent(instructions=f"{asked.policy.text}\n\n{OUTPUT_CONTRACT}")
    conversation = Conversation.from_messages(
        [
            Message.from_role_and_content(Role.SYSTEM, system),
            Message.from_role_and_content(Role.DEVELOPER, developer),
            Message.from_role_and_content(Role.USER, user_turn(asked, (), INSTALL_KEY)),
        ]
    )
    rendered = encoding.render_conversation_for_completion(conversation, Role.ASSISTANT)
    assert prompt.conversation == encoding.decode(rendered)
    assert prompt.tokens == HARMONY.count(prompt.conversation + ANALYSIS)


@given(text=st.text(max_size=300), reasoning=st.text(max_size=300))
def test_parts_counted_apart_are_as_many_tokens_as_the_whole(text: str, reasoning: str) -> None:
    """For the prompt with its reasoning, too."""
    prompt = HARMONY.render(question(text))
    reasoned = HARMONY.reasoned(prompt, reasoning, Effort.LOW)
    assert reasoned.tokens == HARMONY.count(reasoned.final)
