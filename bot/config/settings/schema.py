"""The JSON Schema of config.yaml, for editors that complete and check: `python -m bot.config.settings.schema`."""

import json
import sys
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from bot.config.durations import duration_text
from bot.config.settings.models import ConfigFile

SCHEMA_FILE = Path("docs") / "config.schema.json"


class _Schema(GenerateJsonSchema):
    """Pydantic's generator, with defaults written as people write them: `10m`, not `PT10M`."""

    def encode_default(self, dft: object) -> object:
        """Return a default as it would stand in the file."""
        if isinstance(dft, BaseModel):
            return dft.model_dump(mode="json")
        return duration_text(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def config_schema() -> str:
    """Return the schema as JSON text, the same for the same models."""
    made = ConfigFile.model_json_schema(schema_generator=_Schema)
    _without_titles(made)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Hallmoot's config.yaml"}
    return json.dumps({**head, **made}, ensure_ascii=False, indent=2) + "\n"


def _without_titles(value: object) -> None:
    """Drop the titles that pydantic makes of the names: editors would show each name twice."""
    if isinstance(value, dict):
        if isinstance(value.get("title"), str):
            del value["title"]
        for item in value.values():
            _without_titles(item)
    if isinstance(value, list):
        for item in value:
            _without_titles(item)


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SCHEMA_FILE
    path.write_text(config_schema(), encoding="utf-8")
