"""Validates YAML documents against a CustomResourceDefinition: validate_custom.py CRD FILE...

As the API server does, and beyond it: a field that the schema does not know is an error here.
"""

import sys

import jsonschema
import yaml


def closed(schema):
    """The schema with every object closed that lists its properties."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result


def main(crd_file, *files):
    with open(crd_file, encoding="utf-8") as stream:
        crd = yaml.safe_load(stream)["spec"]
    schemas = {
        f"{crd['group']}/{version['name']}": version["schema"]["openAPIV3Schema"]
        for version in crd["versions"]
    }
    for schema in schemas.values():
        schema["properties"]["metadata"] = {"type": "object", "required": ["name"]}

    faults = []
    for file in files:
        with open(file, encoding="utf-8") as stream:
            for document in yaml.safe_load_all(stream):
                validator = jsonschema.Draft202012Validator(closed(schemas[document["apiVersion"]]))
                found = validator.iter_errors(document)
                faults += [f"{file}: {e.json_path}: {e.message}" for e in found]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
