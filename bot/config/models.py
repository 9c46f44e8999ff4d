"""Settings as they are written, with every default: the only place where one stands."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A group of keys. A key it does not know is a fault, not a thing to pass over."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)
