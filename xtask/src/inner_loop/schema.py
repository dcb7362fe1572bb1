"""Prints what does not fit a JSON schema, as a list."""

import json
import sys

import jsonschema

task = json.load(sys.stdin)
validator = jsonschema.Draft7Validator(task["schema"])
faults = []
for number, document in enumerate(task["documents"]):
    for error in validator.iter_errors(document):
        # Of alternatives, those of the one that fits best tell more.
        best = jsonschema.exceptions.best_match([error])
        where = "/".join(str(part) for part in best.absolute_path)
        faults.append(f"variant {number}: {where}: {best.message[:300]}")
json.dump(faults, sys.stdout)
