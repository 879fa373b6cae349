import { AsyncLocalStorage } from 'node:async_hooks';
import { errorCode, RemoteError } from './errors.ts';
import type { Notify } from './events.ts';
import type { Clock } from './ports.ts';

/**
 * Keeps calls under the rates that AWS grants, one bucket per region and class of operation: reads must not starve writes. AWS
 * publishes no rate for most of them, so it starts from a careful guess and learns: a refusal for too many calls halves the rate,
 * every 50 calls that pass raise it by a fifth, up to where it began.
 */
export interface RateLimiter {
  /**
   * Waits for its turn, then calls. A throttled call was certainly not done, so it is made again, up to thirty times. Rejects with the
   * signal's reason when aborted while it waits.
   */
  run<Result>(bucket: BucketName, call: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

interface BucketName {
  readonly region: string;
  readonly operations: OperationClass;
  /** As in IAM actions; AWS Batch when absent. Each service counts for itself. */
  readonly service?: string | undefined;
}

type OperationClass = keyof typeof CALLS_PER_SECOND;

/** SubmitJob: 50 a second and account, https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html; the others by trial. */
const CALLS_PER_SECOND = { read: 10, write: 20, submit: 50 } as const;
const SLOWEST = 0.5;
/** At the slowest a minute, within which other users of the account calm down, or the error is told. */
const MOST_TRIES = 30;
const CALLS_TO_SPEED_UP = 50;
const THROTTLED = new Set([
  'TooManyRequestsException',
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'SlowDown',
]);

/** Was the call refused for its rate alone? Then nothing was done, and it may be sent again. A RemoteError is what it tells of. */
export function isThrottled(error: unknown): boolean {
  if (error instanceof RemoteError) return THROTTLED.has(error.code ?? '') || isThrottled(error.cause);
  if (THROTTLED.has(errorCode(error) ?? '')) return true;
  const { $metadata } = Object(error) as { $metadata?: { httpStatusCode?: unknown } };
  return $metadata?.httpStatusCode === 429;
}

const calls = new AsyncLocalStorage<true>();

/** Is this code part of a call that a limiter has sent, and would send again were it throttled? */
export function isLimited(): boolean {
  return calls.getStore() === true;
}

export function createRateLimiter(clock: Clock, notify: Notify = () => undefined): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const bucketOf = ({ region, operations, service = 'batch' }: BucketName) => {
    const key = `${region} ${service} ${operations}`;
    const bucket = buckets.get(key) ?? createBucket(CALLS_PER_SECOND[operations]);
    buckets.set(key, bucket);
    return bucket;
  };
  return {
    async run(name, call, signal) {
      const bucket = bucketOf(name);
      for (let tries = 1; ; tries++) {
        await takeTurn(bucket, clock, signal);
        try {
          const result = await calls.run(true, call);
          speedUp(bucket);
          return result;
        } catch (error) {
          if (!isThrottled(error) || tries === MOST_TRIES) throw error;
          if (slowDown(bucket, clock)) notify({ type: 'message', level: 'info', text: describeSlower(name, bucket) });
        }
      }
    },
  };
}

interface Bucket {
  readonly fastest: number;
  /** Calls a second. */
  rate: number;
  /** When the next call may go, milliseconds; a bucket left alone gathers one second's worth. */
  nextAt: number;
  passed: number;
  slowedAt: number;
}

function createBucket(rate: number): Bucket {
  return { fastest: rate, rate, nextAt: Number.NEGATIVE_INFINITY, passed: 0, slowedAt: Number.NEGATIVE_INFINITY };
}

async function takeTurn(bucket: Bucket, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const now = clock.now();
  const turn = Math.max(bucket.nextAt, now - 1000);
  bucket.nextAt = turn + 1000 / bucket.rate;
  if (turn > now) await clock.sleep(turn - now, signal);
}

function speedUp(bucket: Bucket): void {
  bucket.passed++;
  if (bucket.passed % CALLS_TO_SPEED_UP === 0) bucket.rate = Math.min(bucket.fastest, bucket.rate * 1.2);
}

/** Calls already on their way when the first was refused are refused too; they slow it down no further. */
function slowDown(bucket: Bucket, clock: Clock): boolean {
  const now = clock.now();
  bucket.nextAt = Math.max(bucket.nextAt, now + 1000);
  bucket.passed = 0;
  if (now - bucket.slowedAt < 1000) return false;
  bucket.slowedAt = now;
  bucket.rate = Math.max(SLOWEST, bucket.rate / 2);
  return true;
}

function describeSlower({ region, operations, service }: BucketName, { rate }: Bucket): string {
  const whose = service === undefined ? '' : `${service} `;
  return `AWS throttles ${whose}${operations} calls in ${region}: slowed to ${rate} a second.`;
}
