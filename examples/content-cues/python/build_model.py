#!/usr/bin/env python3
"""Content cues: summarises one customer's support tickets into topics, with scikit-learn.

    reads   <tickets>/<account>.ndjson       one ticket a line: {"id", "subject", "body", "created_at"}
    writes  <models>/<run>/<account>.json    the model, as ../model.schema.json describes it
            <models>/<run>/<account>.success its SHA-256, written last: no marker, no model

Both keys depend on the run and the account alone, and the bytes on the tickets alone, so a second attempt (a spot instance was taken
away) writes the same again. Every log line names the account: a failure among thousands can be built again by hand.
"""

import argparse
import hashlib
import json
import os
import re
import signal
import sys
import time
import traceback
import warnings

# One thread: the sums come out in the same order on every machine, and a tier's vCPUs are not oversubscribed. Before numpy loads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import boto3  # noqa: E402
import numpy  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import BotoCoreError, ClientError  # noqa: E402
from sklearn.decomposition import NMF  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer  # noqa: E402

TERMS = 8
EXAMPLES = 3
MEMBERS = ("id", "subject", "body", "created_at")
MEBIBYTE = 2**20
GREETINGS = ("hi", "hello", "dear", "team", "support", "thanks", "thank", "regards", "best", "help", "urgent", "good", "morning")
SAFE_NAME = re.compile(r"[A-Za-z0-9._-]+")


class InputError(Exception):
    """Something the person who started the job can mend: one line, no stack trace."""


class Log:
    """Writes lines that all name the account."""

    account = "?"

    def __call__(self, text, stream=sys.stdout):
        for line in text.rstrip("\n").split("\n"):
            print(f"account={self.account} {line}", file=stream, flush=True)


# ── What to do ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_settings(arguments, environment):
    """Flags, or the environment variables that Batch's `environment` sets; the flag wins. Names everything wrong at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags = {"tickets": "TICKETS", "models": "MODELS", "run": "RUN_ID", "accounts": "ACCOUNTS", "account": "ACCOUNT", "break": "BREAK"}
    for flag, variable in flags.items():
        parser.add_argument(f"--{flag}", default=environment.get(variable) or None, help=f"or {variable}")
    parser.add_argument("--topics", default=environment.get("TOPICS") or "8", help="or TOPICS")
    parser.add_argument("--resume", action="store_true", default=environment.get("RESUME") == "1", help="or RESUME=1")
    settings = parser.parse_args(arguments)
    wrong = [f"--{name} (or {flags[name]}) is missing" for name in ("tickets", "models", "run") if not getattr(settings, name)]
    for name in ("tickets", "models"):
        if getattr(settings, name) and not getattr(settings, name).startswith("s3://"):
            wrong.append(f"--{name} is not s3://bucket/prefix")
    if settings.run and not SAFE_NAME.fullmatch(settings.run):
        wrong.append(f"--run {settings.run} has characters other than A-Z a-z 0-9 . _ -")
    # Set by `batchwright run`: where this job's entries are, and how many bytes each takes.
    settings.entries = environment.get("BATCHWRIGHT_ENTRIES")
    settings.stride = int(environment.get("BATCHWRIGHT_STRIDE", 0))
    if not (settings.entries or settings.accounts or settings.account):
        wrong.append("--accounts or --account is missing")
    if not re.fullmatch(r"[1-9][0-9]*", settings.topics):
        wrong.append("--topics is not a whole number above 0")
    if getattr(settings, "break") and not re.fullmatch(r"(app|oom)(:.+)?", getattr(settings, "break")):
        wrong.append("--break is not app or oom")
    if wrong:
        raise InputError("; ".join(wrong))
    return settings


def choose_account(settings, index, store):
    """The account of this child: its entry of a run, found by one range read; else the array index picks from the list, which is
    `a,b,c` or an object with one account a line."""
    if settings.entries:
        first = int(index or 0) * settings.stride
        return check_account(json.loads(store.get(settings.entries, first, settings.stride))["id"])
    if index is None and settings.account:
        return check_account(settings.account)
    if not settings.accounts:
        raise InputError("an array job needs --accounts (or ACCOUNTS)")
    from_s3 = settings.accounts.startswith("s3://")
    text = store.get(settings.accounts).decode() if from_s3 else settings.accounts.replace(",", "\n")
    accounts = [line.strip() for line in text.split("\n") if line.strip() and not line.strip().startswith("#")]
    if index is None and len(accounts) != 1:
        raise InputError(f"{len(accounts)} accounts, but neither AWS_BATCH_JOB_ARRAY_INDEX nor --account says which")
    if int(index or 0) >= len(accounts):
        raise InputError(f"array index {index} is beyond the {len(accounts)} accounts of {settings.accounts}")
    return check_account(accounts[int(index or 0)])


def check_account(account):
    if not SAFE_NAME.fullmatch(account):
        raise InputError(f"account {account!r} has characters other than A-Z a-z 0-9 . _ -")
    return account


# ── S3 ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Store:
    """Objects of S3; a put is atomic there. boto3 finds the job role, and retries throttling and passing errors."""

    def __init__(self, environment):
        endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
        # botocore before 1.29 reads AWS_DEFAULT_REGION alone; ECS sets AWS_REGION.
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
        if not region:
            raise InputError("AWS_REGION is not set")
        style = {"addressing_style": "path"} if endpoint else {}
        config = Config(retries={"mode": "standard", "max_attempts": 5}, s3=style)
        self.client = boto3.client("s3", region_name=region, endpoint_url=endpoint, config=config)

    def get(self, uri, first=0, length=None):
        """The whole object, or `length` bytes of it."""
        span = {"Range": f"bytes={first}-{first + length - 1}"} if length else {}
        return self._call("reading", uri, lambda place: self.client.get_object(**place, **span)["Body"].read())

    def put(self, uri, text):
        self._call("writing", uri, lambda place: self.client.put_object(**place, Body=text.encode()))

    def exists(self, uri):
        try:
            self.client.head_object(**split_uri(uri))
            return True
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise InputError(f"looking for {uri}: {error}") from error

    @staticmethod
    def _call(doing, uri, call):
        try:
            return call(split_uri(uri))
        except ClientError as error:
            found = error.response["Error"]
            raise InputError(f"{doing} {uri}: {found.get('Code')} {found.get('Message', '')}".rstrip()) from error
        except BotoCoreError as error:
            raise InputError(f"{doing} {uri}: {error}") from error


def split_uri(uri):
    match = re.fullmatch(r"s3://([^/]+)/(.+)", uri)
    if not match:
        raise InputError(f"{uri} is not s3://bucket/key")
    return {"Bucket": match[1], "Key": match[2]}


# ── Tickets ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def parse_tickets(text):
    """NDJSON → tickets. Raises InputError with the line's number, counted from 1."""
    # Not splitlines: a body may hold U+2028, which JSON does not escape.
    tickets = [parse_ticket(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not tickets:
        raise InputError("it has no tickets")
    return tickets


def parse_ticket(line, number):
    try:
        ticket = json.loads(line)
    except ValueError as error:
        raise InputError(f"line {number} is not JSON: {error}") from error
    wrong = [member for member in MEMBERS if not isinstance(ticket, dict) or not isinstance(ticket.get(member), str)]
    if wrong:
        raise InputError(f"line {number} has no text in {', '.join(wrong)}")
    return ticket


# ── The model ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def build_model(account, run, tickets, topics):
    """Tickets → the model. No clock, no job id, no chance: the same tickets give the same model."""
    words, rows = weigh_words([f"{ticket['subject']}\n{ticket['body']}" for ticket in tickets])
    members, terms = find_topics(words, rows, max(1, min(topics, len(tickets) // 5)) if len(words) else 0)
    found = sorted(((m, t) for m, t in zip(members, terms) if m), key=lambda pair: (-len(pair[0]), pair[1][0]["term"]))
    days = sorted(ticket["created_at"] for ticket in tickets)
    return {
        "format": "content-cues/1",
        "builder": "python",
        "account": account,
        "run": run,
        "tickets": len(tickets),
        "from": days[0],
        "to": days[-1],
        "vocabulary": len(words),
        "unassigned": len(tickets) - sum(len(m) for m, _ in found),
        "topics": [describe_topic(at, m, t, tickets) for at, (m, t) in enumerate(found)],
    }


def weigh_words(texts):
    few = len(texts) <= 3
    vectorizer = TfidfVectorizer(
        token_pattern=r"[a-z][a-z0-9]+",
        stop_words=sorted(ENGLISH_STOP_WORDS.union(GREETINGS)),
        min_df=1 if few else 2,
        max_df=1.0 if few else 0.6,
        sublinear_tf=True,
    )
    try:
        rows = vectorizer.fit_transform(texts)
    except ValueError:  # no word is left: "empty vocabulary", "no terms remain"
        return [], None
    return vectorizer.get_feature_names_out(), rows


def find_topics(words, rows, topics):
    if topics == 0:
        return [], []
    topics = min(topics, *rows.shape)
    nmf = NMF(n_components=topics, init="nndsvda", random_state=1, max_iter=400, tol=1e-4)
    with warnings.catch_warnings():
        # The last iterations change nothing in the four digits that are written.
        warnings.simplefilter("ignore", ConvergenceWarning)
        weights = nmf.fit_transform(rows)
    weights = weights * numpy.linalg.norm(nmf.components_, axis=1)
    members = [[] for _ in range(topics)]
    for at, scores in enumerate(weights):
        if rows[at].nnz:
            members[int(scores.argmax())].append((at, float(scores.max())))
    return members, [top_terms(words, row) for row in nmf.components_]


def top_terms(words, row):
    top = sorted(range(len(words)), key=lambda at: (-row[at], words[at]))[:TERMS]
    scale = row[top[0]] or 1.0
    terms = [{"term": str(words[at]), "weight": round(float(row[at] / scale), 4)} for at in top]
    return [term for term in terms if term["weight"] > 0] or terms[:1]


def describe_topic(at, members, terms, tickets):
    best = sorted(members, key=lambda member: (-member[1], tickets[member[0]]["id"]))
    examples = {}
    for row, score in best:
        ticket = tickets[row]
        examples.setdefault(ticket["subject"], {"id": ticket["id"], "subject": ticket["subject"], "score": round(score, 4)})
    return {
        "id": at + 1,
        "label": ", ".join(term["term"] for term in terms[:3]),
        "tickets": len(members),
        "share": round(len(members) / len(tickets), 4),
        "terms": terms,
        "examples": list(examples.values())[:EXAMPLES],
    }


# ── Failures on demand, to see what they look like ───────────────────────────────────────────────────────────────────────────


def break_on_purpose(breakage, account, tickets, log):
    """`app` lets a ticket without a body past the checks; `oom` eats memory. With `:account`, in that account alone."""
    kind, _, only = (breakage or "").partition(":")
    if not kind or (only and only != account):
        return
    if kind == "oom":
        build_dense_matrix(log)
    ticket = {**tickets[len(tickets) // 2], "body": None}
    log(f"normalising ticket {ticket['id']}")
    normalise_body(ticket)


def build_dense_matrix(log):
    """A dense tickets × words × words matrix: nobody needs it, and no tier has the memory."""
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEBIBYTE
    blocks = []
    while len(blocks) * 64 + 64 <= min(4096, free * 0.7):
        blocks.append(numpy.full((64 * MEBIBYTE) // 8, len(blocks) + 1.0))
        if len(blocks) % 4 == 0:
            log(f"dense matrix: {len(blocks) * 64} MiB")
        time.sleep(0.02)
    raise MemoryError(f"the dense matrix has {len(blocks) * 64} MiB and no memory limit stopped it")


def normalise_body(ticket):
    return ticket["body"].lower()


# ── Main ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def run(settings, store, account, log):
    source = f"{settings.tickets.rstrip('/')}/{account}.ndjson"
    target = f"{settings.models.rstrip('/')}/{settings.run}/{account}"
    if settings.resume and store.exists(f"{target}.success"):
        log(f"{target}.success is there: nothing to do")
        return
    content = store.get(source)
    try:
        tickets = parse_tickets(content.decode())
    except (InputError, UnicodeDecodeError) as error:
        raise InputError(f"reading {source}: {error}") from error
    log(f"read {len(tickets)} tickets, {len(content)} bytes, from {source}")
    break_on_purpose(getattr(settings, "break"), account, tickets, log)

    model = build_model(account, settings.run, tickets, int(settings.topics))
    for topic in model["topics"]:
        log(f"topic {topic['id']}: {topic['label']} ({topic['tickets']} tickets)")
    text = json.dumps(model, indent=2, ensure_ascii=False) + "\n"
    store.put(f"{target}.json", text)
    store.put(f"{target}.success", hashlib.sha256(text.encode()).hexdigest() + "\n")
    log(f"wrote {len(model['topics'])} topics, {len(text.encode())} bytes, to {target}.json")


def stop_at_sigterm(log):
    # As process 1 of a container there is no default action: without this, SIGTERM would be ignored until SIGKILL.
    def stop(_signal, _frame):
        # Not print: the signal may come in the middle of another print, which cannot be entered twice.
        os.write(sys.stdout.fileno(), f"account={log.account} SIGTERM: stopping without a model\n".encode())
        os._exit(143)

    signal.signal(signal.SIGTERM, stop)


def main(arguments, environment):
    log = Log()
    stop_at_sigterm(log)
    try:
        settings = read_settings(arguments, environment)
        store = Store(environment)
        log.account = choose_account(settings, environment.get("AWS_BATCH_JOB_ARRAY_INDEX"), store)
        log(f"run={settings.run} attempt={environment.get('AWS_BATCH_JOB_ATTEMPT', 1)} job={environment.get('AWS_BATCH_JOB_ID', 'none')}")
        run(settings, store, log.account, log)
        return 0
    except InputError as error:
        log(f"error: {error}", sys.stderr)
    except Exception:  # every line of the trace must name the account too
        log(traceback.format_exc(), sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
