"""How the stand-in renders a chat in harmony, as Ollama does by itself for gpt-oss."""

from collections.abc import Mapping, Sequence
from typing import Any

_SYSTEM = (
    "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\n"
    "Knowledge cutoff: 2024-06\nCurrent date: 2026-11-23\n\nReasoning: {effort}\n\n"
    "# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>"
)
_FINAL = "<|start|>assistant<|channel|>final<|message|>"


def chat_prompt(messages: Sequence[Mapping[str, Any]], think: object) -> str:
    """Return the prompt of a chat: the system message becomes the developer's."""
    parts = [_SYSTEM.format(effort=think if isinstance(think, str) else "medium")]
    for message in messages:
        role, content = str(message.get("role")), str(message.get("content"))
        if role == "system":
            parts.append(f"<|start|>developer<|message|># Instructions\n\n{content}<|end|>")
        else:
            parts.append(f"<|start|>{role}<|message|>{content}<|end|>")
    return "".join(parts) + "<|start|>assistant"


def split_answer(text: str) -> tuple[str, str]:
    """Return the thinking and the content of an answer."""
    thought, _, rest = text.partition("<|end|>")
    _, _, content = rest.partition(_FINAL)
    return thought.removeprefix("<|channel|>analysis<|message|>"), content
