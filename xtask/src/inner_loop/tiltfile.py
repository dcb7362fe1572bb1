"""Evaluates a Tiltfile with stand-ins for Tilt's functions; prints which were called, and how.

Input: {"text", "services", "subcommand", "workloads": [{"kind", "name"}]}.
"""

import json
import sys

import starlark

task = json.load(sys.stdin)
calls = []
# What each function takes, as far as a Tiltfile here may use it: required ones first.
FUNCTIONS = {
    "allow_k8s_contexts": (["contexts"], []),
    "ci_settings": ([], ["timeout", "k8s_grace_period", "readiness_timeout"]),
    "custom_build": (["ref", "command", "deps"], ["tag", "disable_push", "skips_local_docker", "ignore", "dir", "env"]),
    "helm": (["pathToChartDir"], ["name", "namespace", "values", "set", "kube_version", "skip_crds"]),
    "k8s_resource": (["workload"], ["new_name", "port_forwards", "resource_deps", "objects", "auto_init", "trigger_mode", "labels", "links"]),
    "k8s_yaml": (["yaml"], ["allow_duplicates"]),
    "link": (["url"], ["name"]),
    "local_resource": (["name", "cmd"], ["deps", "trigger_mode", "resource_deps", "ignore", "auto_init", "serve_cmd", "labels", "links", "allow_parallel", "env", "dir"]),
    "port_forward": (["local_port"], ["container_port", "name", "link_path", "host"]),
    "update_settings": ([], ["max_parallel_updates", "k8s_upsert_timeout_secs"]),
    "name_workload": (["kind", "name", "resource"], []),
    "define_string_list": (["name"], ["args", "usage"]),
    "set_enabled_resources": (["resources"], []),
}
BUTTONS = {
    "cmd_button": (["name"], ["resource", "argv", "text", "location", "icon_name", "icon_svg", "inputs", "env", "dir", "requires_confirmation"]),
}


def recorder(name, required, optional):
    known = required + optional

    def call(*positional, **named):
        if len(positional) > len(known):
            raise TypeError(f"{name} takes fewer values")
        given = dict(zip(known, positional))
        for key, value in named.items():
            if key not in known or key in given:
                raise TypeError(f"{name} takes no {key}")
            given[key] = value
        for key in required:
            if key not in given:
                raise TypeError(f"{name} needs {key}")
        calls.append({"function": name, **given})
        return f"{name} {len(calls)}"

    return call


def add(module, functions):
    for name, (required, optional) in functions.items():
        module.add_callable(name, recorder(name, required, optional))


PRELUDE = """
TRIGGER_MODE_AUTO = "auto"
TRIGGER_MODE_MANUAL = "manual"
config = struct(
    define_string_list = define_string_list,
    parse = lambda: {"services": TASK_SERVICES} if TASK_SERVICES else {},
    set_enabled_resources = set_enabled_resources,
    tilt_subcommand = TASK_SUBCOMMAND,
)
def workload_to_resource_function(name):
    for workload in TASK_WORKLOADS:
        id = struct(name = workload["name"], kind = workload["kind"], namespace = "storyloom", group = "")
        name_workload(workload["kind"], workload["name"], name(id))
"""


def buttons(name):
    if name != "ext://uibutton":
        raise FileNotFoundError(name)
    module = starlark.Module()
    add(module, BUTTONS)
    run(module, name, 'location = struct(NAV = "nav", RESOURCE = "resource")')
    return module.freeze()


def run(module, name, text, loader=None):
    extensions = [starlark.LibraryExtension.StructType, starlark.LibraryExtension.Print]
    parsed = starlark.parse(name, text, dialect=starlark.Dialect.extended())
    starlark.eval(module, parsed, starlark.Globals.extended_by(extensions), loader)


module = starlark.Module()
add(module, FUNCTIONS)
# JSON of lists and texts is Starlark too.
for name in ["services", "subcommand", "workloads"]:
    PRELUDE = f"TASK_{name.upper()} = {json.dumps(task[name])}\n" + PRELUDE
run(module, "prelude", PRELUDE)
run(module, "Tiltfile", task["text"], starlark.FileLoader(buttons))
json.dump(calls, sys.stdout)
