"""Validates objects by Kubernetes' own schemas, strictly, and by those of CRDs.

usage: schemas.py OBJECTS.json VERSION,VERSION… CRD.yaml…
OBJECTS.json is a list of objects. Prints JSON: {"faults": […], "checked": n, "unknown": [kinds]}.
"""

import importlib.resources
import json
import re
import sys
from pathlib import Path

import jsonschema
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

BUNDLED = Path(str(importlib.resources.files("kubernetes_validate"))) / "kubernetes-json-schema"


def closed(schema):
    """The schema of a CRD with unknown fields refused, as `kubectl apply` warns of them."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(value) for key, value in schema.items()}
    keeps = schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not keeps:
        schema.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        schema.pop("type", None)
        schema["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    return schema


def custom(files):
    """Validators of the CRDs in files, by apiVersion and kind."""
    found = {}
    for file in files:
        for crd in yaml.safe_load_all(Path(file).read_text()):
            if not crd or crd.get("kind") != "CustomResourceDefinition":
                continue
            spec = crd["spec"]
            for version in spec["versions"]:
                schema = closed(version["schema"]["openAPIV3Schema"])
                # What every object has, whatever its kind.
                for key in ("apiVersion", "kind", "metadata"):
                    schema["properties"][key] = {}
                name = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                found[name] = jsonschema.Draft202012Validator(schema)
    return found


class Bundled:
    """Kubernetes' schemas of one version."""

    def __init__(self, version):
        self.folder = BUNDLED / f"v{version}.0-local-strict"
        definitions = json.loads((self.folder / "_definitions.json").read_text())
        resource = Resource.from_contents(definitions, default_specification=DRAFT202012)
        # References are relative to a schema that has no address of its own.
        self.registry = Registry().with_resources(
            [("_definitions.json", resource), (definitions.get("$id", "_definitions.json"), resource)]
        )
        self.validators = {}

    def validator(self, api_version, kind):
        name = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
        file = self.folder / f"{kind.lower()}-{name}.json"
        if file not in self.validators:
            validator = None
            if file.exists():
                schema = json.loads(file.read_text())
                validator = jsonschema.Draft202012Validator(schema, registry=self.registry)
            self.validators[file] = validator
        return self.validators[file]


def main(objects, versions, *crds):
    objects = json.loads(Path(objects).read_text())
    own = custom(crds)
    bundled = {version: Bundled(version) for version in versions.split(",")}
    faults, unknown, checked = [], set(), 0
    for it in objects:
        kind = (it.get("apiVersion", ""), it.get("kind", ""))
        if kind in own:
            validators = {"": own[kind]}
        else:
            validators = {version: them.validator(*kind) for version, them in bundled.items()}
        for version, validator in validators.items():
            if validator is None:
                unknown.add(" ".join(kind))
                continue
            checked += 1
            for error in validator.iter_errors(it):
                name = it.get("metadata", {}).get("name")
                place = "/".join(str(step) for step in error.absolute_path)
                faults.append(f"{kind[1]} {name} {version}: {place}: {error.message[:300]}")
    print(json.dumps({"faults": faults, "unknown": sorted(unknown), "checked": checked}))


main(*sys.argv[1:])
