import { lastWords } from './last-words.ts';
import type { ChildResult, Failure, SmokeTestRun } from './model.ts';
import type { WatchOutcome } from './watched-job.ts';

export interface Verdict {
  readonly verdict: SmokeTestRun['verdict'];
  /** One sentence, for anything but `passed`. */
  readonly reason?: string | undefined;
}

/**
 * Passed only when every child is accounted for, succeeded without suspicion, and wrote what it must. Anything else is not green; what
 * Batch does not tell is `undecided`, which is not green either and says nothing of the image.
 */
export function decideVerdict(outcome: WatchOutcome, size: number, children: readonly ChildResult[]): Verdict {
  if (outcome.kind === 'cancelled')
    return { verdict: 'cancelled', reason: 'the run was cancelled; the job was terminated' };
  if (outcome.kind === 'vanished' || (outcome.kind === 'timed-out' && !outcome.job))
    return { verdict: 'undecided', reason: outcome.reason };
  if (outcome.kind !== 'ended') return { verdict: outcome.kind, reason: outcome.reason };
  const succeeded = children.filter(({ status }) => status === 'SUCCEEDED');
  const failed = describeFailed(children, size) ?? describeStatus(outcome) ?? describeObjects(succeeded);
  if (failed) return { verdict: 'failed', reason: failed };
  if (succeeded.length === size) return { verdict: 'passed' };
  const reason = `the job ended, but Batch shows only ${succeeded.length} of ${size} children that succeeded`;
  return { verdict: 'undecided', reason };
}

/** `child 1 (102)`. */
export function nameChild({ arrayIndex, entry }: Pick<ChildResult, 'arrayIndex' | 'entry'>): string {
  const name = arrayIndex === undefined ? 'the job' : `child ${arrayIndex}`;
  return entry === undefined ? name : `${name} (${entry})`;
}

function describeFailed(children: readonly ChildResult[], size: number): string | undefined {
  const failed = children.filter(({ failure, status }) => failure || status === 'FAILED');
  const [first] = failed;
  if (!first) return undefined;
  const why = first.failure ? describeFailure(first, first.failure) : (first.statusReason ?? 'FAILED');
  if (size === 1) return `${nameChild(first)} failed, ${why}`;
  return `${failed.length} of ${size} children failed; ${nameChild(first)}, ${why}`;
}

/** Batch says of every error of the program itself only that it ended, so there the log's last words are added. */
function describeFailure({ logTail }: ChildResult, { class: kind, evidence }: Failure): string {
  const words = kind === 'application' || kind === 'command' || kind === 'crash' ? lastWords(logTail) : undefined;
  return `${kind}: ${evidence}${words ? `; last words: ${words}` : ''}`;
}

function describeStatus({ job }: WatchOutcome & { kind: 'ended' }): string | undefined {
  return job.status === 'SUCCEEDED' ? undefined : `the job is ${job.status}: ${job.statusReason ?? 'no reason given'}`;
}

function describeObjects(children: readonly ChildResult[]): string | undefined {
  const all = children.flatMap(child => child.objects.map(object => ({ child, object })));
  const absent = all.find(({ object }) => !object.found);
  if (absent) {
    const { uri, stale } = absent.object;
    return stale
      ? `${nameChild(absent.child)} did not write ${uri}: what is there is older than the job`
      : `${nameChild(absent.child)} succeeded, but did not write ${uri}`;
  }
  const changed = all.find(({ object }) => object.sameBytes === false);
  if (!changed) return undefined;
  return `${nameChild(changed.child)} is not idempotent: a second run wrote other bytes to ${changed.object.uri}`;
}
