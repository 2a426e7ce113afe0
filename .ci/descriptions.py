"""The descriptions of the API, by the schemas of those who describe such descriptions; and every example by its own schema."""

import json
from pathlib import Path

import jsonschema
import openapi_spec_validator

ROOT = Path(__file__).parent.parent
# AsyncAPI's own schemas come with its package of npm.
ASYNCAPI = ROOT / "tests/client/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"


def examples(value, found):
    """Every schema, with the examples that it has."""
    if isinstance(value, dict):
        schema = value.get("schema", value)
        given = value.get("examples")
        given = given if isinstance(given, list) else []
        named = value["examples"].values() if isinstance(value.get("examples"), dict) else []
        given = given + [example["value"] for example in named if isinstance(example, dict) and "value" in example]
        given += [value["example"]] if "example" in value else []
        found += [(schema, example) for example in given]
        for member in value.values():
            examples(member, found)
    elif isinstance(value, list):
        for item in value:
            examples(item, found)
    return found


def check_examples(document):
    found = examples(document["paths"], []) + examples(document["components"], [])
    for schema, example in found:
        whole = {**schema, "components": document["components"]}
        jsonschema.Draft202012Validator(whole).validate(example)
    return len(found)


openapi = json.loads((ROOT / "tests/golden/openapi.json").read_text())
openapi_spec_validator.validate(openapi)
n_examples = check_examples(openapi)

asyncapi = json.loads((ROOT / "tests/golden/asyncapi.json").read_text())
jsonschema.Draft7Validator(json.loads(ASYNCAPI.read_text())).validate(asyncapi)
for name, message in asyncapi["components"]["messages"].items():
    whole = {**message["payload"], "components": asyncapi["components"]}
    for example in message["examples"]:
        jsonschema.Draft202012Validator(whole).validate(example["payload"])
        n_examples += 1

assert n_examples > 50, n_examples
print(f"both descriptions are well, and so are their {n_examples} examples")
