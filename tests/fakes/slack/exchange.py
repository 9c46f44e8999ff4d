"""What came of one press, command, shortcut or submission."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.things import JSON, Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.world import World


@dataclass
class Exchange:
    """`ack` is what the app answered at once; views and responses come when they come."""

    world: "World"
    id: str
    by: User
    team: Team
    ack: JSON | None = None

    @property
    def responses(self) -> list[JSON]:
        """Return what was posted to this exchange's response_url."""
        return self.world.responses.get(self.id, [])

    @property
    def view(self) -> JSON | None:
        """Return the modal that was opened last for this person, as it stands now."""
        ids = [view_id for person, view_id in self.world.opened if person == self.by.id]
        return self.world.views[ids[-1]] if ids else None

    async def shown(self) -> str:
        """Wait for an answer on the response_url and return all its texts."""
        await self.world.until(lambda: bool(self.responses))
        return texts(self.responses[-1])

    async def modal(self, words: str = "") -> JSON:
        """Wait until a modal is open, and shows these words, and return it."""
        await self.world.until(lambda: self.view is not None and words in texts(self.view))
        assert self.view is not None
        return self.view


def texts(thing: Any) -> str:
    """Return every text in a message or view, a line each."""
    found: list[str] = []
    _collect(thing, found)
    return "\n".join(found)


def _collect(thing: Any, found: list[str]) -> None:
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key == "text" and isinstance(value, str):
                found.append(value)
            elif key not in ("confirm", "metadata"):
                _collect(value, found)
    elif isinstance(thing, list):
        for each in thing:
            _collect(each, found)
