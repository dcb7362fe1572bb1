#!/usr/bin/env python3
"""Measures the main job on a running platform (`cargo xtask up --release`): request → mail in the sink, and RSS.

    python3 bench/main_job.py [--runs 5] [--platform target/dev/platform.json]

Prints the RSS of each process first, so run it right after the start for idle figures. Then signs up one reader,
asks for a story --runs times and waits for each mail. Times are wall-clock seconds from before the POST is sent to
the moment the inbox lists the mail, which is asked every 5 ms. Needs Python 3.11 and nothing else.
"""
import argparse
import json
import re
import secrets
import statistics
import time
import urllib.request


def call(method, url, body=None, token=None):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read() or b"null")


def wait_for(what, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.005)
    raise SystemExit("waited in vain")


def mails(inbox, address):
    return call("GET", f"{inbox}/api/v1/search?query=to:{address}&limit=100")["messages"]


def sign_up(front, inbox):
    address = f"bench-{secrets.token_hex(6)}@example.org"
    account = {"email": address, "password": secrets.token_urlsafe(24)}
    flow = call("POST", f"{front}/v1/auth/register", account)
    mail = wait_for(lambda: mails(inbox, address))[0]
    text = call("GET", f"{inbox}/api/v1/message/{mail['ID']}")["Text"]
    code = re.search(r"^\d{8}\r?$", text, re.M).group().strip()
    body = {"registration_id": flow["registration_id"], "code": code}
    return address, call("POST", f"{front}/v1/auth/register/verify", body)["access_token"]


def rss_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) / 1024


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--platform", default="target/dev/platform.json")
    arguments = arguments.parse_args()
    with open(arguments.platform) as file:
        platform = json.load(file)
    front, inbox = platform["front"], platform["inbox"]
    for service in platform["services"]:
        print(f"{service['name']} {service['role']}: RSS {rss_mib(service['pid']):.1f} MiB")
    address, token = sign_up(front, inbox)
    times = []
    for run in range(arguments.runs):
        before = len(mails(inbox, address))
        start = time.monotonic()
        call("POST", f"{front}/v1/stories", {"theme": "a kite that wants to see the sea", "seed": run}, token)
        wait_for(lambda: len(mails(inbox, address)) > before)
        times.append(time.monotonic() - start)
        print(f"request → mail: {times[-1]:.3f} s")
    print(f"median {statistics.median(times):.3f} s, max {max(times):.3f} s, of {len(times)} runs")


if __name__ == "__main__":
    main()
