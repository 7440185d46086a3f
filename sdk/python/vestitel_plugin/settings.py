"""The settings of a plugin: declared once, they give the schema, the validation, the form and the example."""
import dataclasses
import json

from .model import ConfigError

_TYPES = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}
_LONGEST = 64 * 1024


@dataclasses.dataclass(frozen=True)
class Field:
    """One setting. A secret is asked of the host (`host.secret(name)`) and never stands among the settings."""
    name: str
    description: str
    type: str = "string"  # or "integer", "number", "boolean"
    required: bool = False
    default: object = None
    example: object = None
    choices: tuple = ()
    minimum: object = None
    maximum: object = None
    secret: bool = False

    def schema(self, order):
        out = {"type": self.type, "description": self.description}
        if self.choices:
            out["enum"] = list(self.choices)
        if self.required and self.type == "string" and not self.choices:
            out["pattern"] = "."  # not empty
        for key, value in (("default", self.default), ("minimum", self.minimum), ("maximum", self.maximum)):
            if value is not None:
                out[key] = value
        if self.example is not None:
            out["examples"] = [self.example]
        if self.secret:
            out["x-secret"] = True
        return {**out, "x-order": order}

    def refuse(self, why):
        raise ConfigError(self.name, why)

    def check(self, value):
        is_bool = isinstance(value, bool)
        if not isinstance(value, _TYPES[self.type]) or (is_bool and self.type != "boolean"):
            self.refuse(f"{self.type} expected")
        if self.choices and value not in self.choices:
            self.refuse("expected one of " + ", ".join(map(str, self.choices)))
        if self.type == "string" and self.required and not value:
            self.refuse("is empty")
        if self.type == "string" and len(value) > _LONGEST:
            self.refuse("is too long")
        if self.minimum is not None and value < self.minimum or self.maximum is not None and value > self.maximum:
            self.refuse(f"expected {self.minimum} to {self.maximum}")


def schema_of(fields):
    """The JSON Schema that the hub reads."""
    if not fields:
        return "{}"
    out = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": False,
           "properties": {field.name: field.schema(i + 1) for i, field in enumerate(fields)}}
    required = [field.name for field in fields if field.required]
    return json.dumps({**out, "required": required} if required else out, ensure_ascii=False)


def _once(pairs):
    out = {}
    for key, value in pairs:
        if key in out:
            raise ConfigError(key, "stands there twice")
        out[key] = value
    return out


def read_settings(fields, raw):
    """The values, checked and completed; ConfigError names the key. The hub has checked them too, by the same schema."""
    try:
        given = json.loads(raw or b"{}", object_pairs_hook=_once)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise ConfigError("", "one JSON object is expected")
    known = {field.name: field for field in fields}
    for key, value in given.items():
        if key not in known or known[key].secret:
            raise ConfigError(key[:100], "there is no such setting")
        known[key].check(value)
    values = {}
    for field in fields:
        if field.required and field.name not in given and not field.secret:
            field.refuse("is missing")
        values[field.name] = given.get(field.name, field.default)
    return values
