"""Which models the stand-in has, and which one is loaded how."""

import asyncio
import hashlib
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

USUAL_MODEL = "gpt-oss-safeguard:20b"
_GIB = 2**30
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_USUAL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model on disk. `weights` tells models of one name apart, by their digests."""

    name: str
    size: int = 13 * _GIB
    weights: str = ""

    @property
    def digest(self) -> str:
        """Return a digest that belongs to the name and the weights."""
        return hashlib.sha256((self.name + self.weights).encode()).hexdigest()

    def described(self) -> dict[str, Any]:
        """Return what /api/show says of it."""
        return {
            "details": _DETAILS,
            "model_info": {"general.architecture": "gptoss", "gptoss.context_length": 131_072},
            "capabilities": ["completion", "tools", "thinking"],
            "template": "{{ .Prompt }}",
            "modified_at": "2026-11-01T00:00:00Z",
        }


_DETAILS = {"format": "gguf", "family": "gptoss", "parameter_size": "20.9B", "quantization_level": "MXFP4"}


@dataclass(slots=True)
class _Loaded:
    num_ctx: int
    until: float


@dataclass(slots=True)
class Models:
    """The store. `loads` counts how often a model was loaded; each takes `load_seconds`; `gpu_share` is 0 to 1."""

    stored: dict[str, StoredModel] = field(default_factory=lambda: {USUAL_MODEL: StoredModel(USUAL_MODEL)})
    load_seconds: float = 0.0
    gpu_share: float = 1.0
    loads: int = 0
    _loaded: dict[str, _Loaded] = field(default_factory=dict)

    def add(self, model: StoredModel) -> None:
        """Store a model, as a pull does."""
        self.stored[_full(model.name)] = model

    def remove(self, name: str) -> None:
        """Forget a model, loaded or not."""
        self.stored.pop(_full(name), None)
        self._loaded.pop(_full(name), None)

    def find(self, name: str) -> StoredModel | None:
        """Return the model of that name, `latest` where no tag is given."""
        return self.stored.get(_full(name))

    async def load(self, model: StoredModel, num_ctx: int, keep_alive: object) -> bool:
        """Load the model where it is not loaded yet, or was with another context window; return whether it was."""
        now = time.monotonic()
        loaded = self._loaded.get(_full(model.name))
        anew = loaded is None or loaded.until < now or bool(num_ctx and loaded.num_ctx != num_ctx)
        if anew:
            self.loads += 1
            await asyncio.sleep(self.load_seconds)
        self._loaded[_full(model.name)] = _Loaded(num_ctx, time.monotonic() + keep_seconds(keep_alive))
        return anew

    def listed(self) -> list[dict[str, Any]]:
        """Return what /api/tags says."""
        return [
            {
                "name": name,
                "model": name,
                "modified_at": "2026-11-01T00:00:00Z",
                "size": model.size,
                "digest": model.digest,
                "details": _DETAILS,
            }
            for name, model in self.stored.items()
        ]

    def running(self, now: float) -> list[dict[str, Any]]:
        """Return what /api/ps says."""
        return [
            {
                "name": name,
                "model": name,
                "size": self.stored[name].size,
                "digest": self.stored[name].digest,
                "size_vram": int(self.stored[name].size * self.gpu_share),
                "context_length": loaded.num_ctx,
                "expires_at": (datetime.now(UTC) + timedelta(seconds=min(loaded.until - now, 1e8))).isoformat(),
            }
            for name, loaded in self._loaded.items()
            if loaded.until > now
        ]


def keep_seconds(setting: object) -> float:
    """Return for how long a model is kept: numbers are seconds, strings need a unit. ValueError for anything else."""
    if setting is None:
        return _USUAL_SECONDS
    if isinstance(setting, int | float):
        return float(setting) if setting >= 0 else float("1e9")
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", str(setting))
    if "".join(number + unit for number, unit in parts) != str(setting).lstrip("-") or not parts:
        raise ValueError(f'time: missing unit in duration "{setting}"')
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return float("1e9") if str(setting).startswith("-") else seconds


def _full(name: str) -> str:
    lowered = name.lower()
    return lowered if ":" in lowered.rpartition("/")[2] else f"{lowered}:latest"
