"""Starts one run of the nightly workflow by one HTTP call to GitHub, and tells how it ended. Python's standard library alone.

In the DAG beside this file each step is a task. From any other scheduler it is one command, which waits for the end:

    GITHUB_TOKEN=... python3 github_run.py acme/models daily-2026-11-29 manifest=s3://acme-models/accounts.csv

The token is a fine-grained one, or that of a GitHub App, with `contents: write` (to start) and `actions: read` (to look).
GITHUB_API_URL names the API of a GitHub Enterprise Server: https://github.acme.example/api/v3.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

EVENT_TYPE = "batchwright-run"
TIMEOUT_SECONDS = 30
# GitHub gives an hour's runs of a busy repository on a page or two, and no more than ten.
MOST_PAGES = 10


class GitHubError(Exception):
    """GitHub refused: another try would be refused as well."""


class GitHubUnavailable(Exception):
    """GitHub did not answer, or limits the rate of calls: another try may pass."""


class GitHub:
    """The API of one repository, `owner/name`."""

    def __init__(self, repository, token, api_url="https://api.github.com"):
        self.url = f"{api_url.rstrip('/')}/repos/{repository}"
        self.token = token

    def call(self, method, path, body=None):
        """Gives the answer's JSON; None where there is none."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "batchwright-example",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            said = f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:500]}"
            raise (GitHubUnavailable if is_transient(error, said) else GitHubError)(said) from error
        except OSError as error:
            raise GitHubUnavailable(f"{method} {path}: {error}") from error
        return json.loads(text) if text else None


def is_transient(error, said):
    """Is it a failure of the server, or one of GitHub's two rate limits?"""
    limited = error.headers.get("retry-after") or error.headers.get("x-ratelimit-remaining") == "0"
    return error.code >= 500 or error.code == 429 or (error.code == 403 and bool(limited or "rate limit" in said))


def start(github, run, payload, looks=24, pause_seconds=5, sleep=time.sleep):
    """Gives the id of the workflow run that builds `run`, and starts one unless it is under way or done.

    Safe to be tried again: the answer to the call that starts a run does not name it, so it is found by its title, which the
    workflow's `run-name` makes of `run`. One that failed is started again, and goes on with the same Batchwright run. Two may have
    been started, when the first did not show yet after a lost answer: the younger waits for the older (`concurrency` in
    nightly.yml), and when a third comes GitHub cancels it. So the oldest is the one to watch.
    """
    before = find_runs(github, run)
    under_way = [found["id"] for found in before if found["status"] != "completed"]
    done = [found["id"] for found in before if found["conclusion"] == "success"]
    if under_way or done:
        return (under_way or done)[-1]
    github.call("POST", "/dispatches", {"event_type": EVENT_TYPE, "client_payload": {**payload, "run": run}})
    known = {found["id"] for found in before}
    for _ in range(looks):
        new = [found["id"] for found in find_runs(github, run) if found["id"] not in known]
        if new:
            return new[-1]
        sleep(pause_seconds)
    raise GitHubUnavailable(
        f"no workflow run with the title {run} appeared. Does a workflow on the default branch take repository_dispatch of "
        f"the type {EVENT_TYPE}, with `run-name: ${{{{ github.event.client_payload.run }}}}`?"
    )


def find_runs(github, run):
    """The workflow runs with this title, the newest first."""
    found = []
    for page in range(1, MOST_PAGES + 1):
        query = urllib.parse.urlencode({"event": "repository_dispatch", "per_page": 100, "page": page})
        runs = github.call("GET", f"/actions/runs?{query}")["workflow_runs"]
        found += [one for one in runs if one["display_title"] == run]
        if found or len(runs) < 100:
            return found
    return found


def look(github, run_id):
    """The conclusion once the workflow run has ended (`success`, `failure`, `cancelled`, ...), else None; and its page."""
    run = github.call("GET", f"/actions/runs/{run_id}")
    return (run["conclusion"] if run["status"] == "completed" else None), run["html_url"]


def wait(github, run_id, pause_seconds=60, sleep=time.sleep):
    """Looks until the workflow run has ended. A GitHub that does not answer is asked again: the run goes on without us."""
    while True:
        try:
            conclusion, page = look(github, run_id)
            if conclusion is not None:
                return conclusion, page
        except GitHubUnavailable as error:
            print(f"{error}. Looking again.", file=sys.stderr)
        sleep(pause_seconds)


def main(arguments):
    if len(arguments) < 2 or "GITHUB_TOKEN" not in os.environ:
        print(__doc__, file=sys.stderr)
        return 2
    repository, run, *payload = arguments
    github = GitHub(repository, os.environ["GITHUB_TOKEN"], os.environ.get("GITHUB_API_URL") or "https://api.github.com")
    pause_seconds = float(os.environ.get("PAUSE_SECONDS", "60"))
    try:
        run_id = start(github, run, dict(pair.split("=", 1) for pair in payload), pause_seconds=min(5, pause_seconds))
        print(f"The workflow run is {run_id}.", flush=True)
        conclusion, page = wait(github, run_id, pause_seconds)
    except (GitHubError, GitHubUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{conclusion}: {page}")
    return 0 if conclusion == "success" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
