/** The API rates of the real services as token buckets, one per account, region and operation. Off unless asked for. */
import type { Clock } from '../ports.ts';
import type { FailedCall } from './service-errors.ts';

/**
 * Calls per second, published: SubmitJob in the Batch user guide, PutImage in ECR's quotas, the three of CloudWatch Logs in its quotas
 * and API reference. What other reads of Batch may do is not published; users are refused at tens a second. The first that fits counts.
 */
const rates: readonly (readonly [pattern: RegExp, perSecond: number])[] = [
  [/^batch:SubmitJob$/, 50],
  [/^(ecr|registry):PutImage$/, 10],
  [/^logs:GetLogEvents$/, 10],
  [/^logs:FilterLogEvents$/, 5],
  [/^logs:DescribeLogStreams$/, 25],
  [/^(batch|logs):(Describe|List|Get|Filter)/, 10],
];

/** Gives false when the call is over its rate; a refused call costs nothing. A bucket holds one second's worth. */
export function createRates(clock: Clock): (call: FailedCall) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return ({ account, region, service, operation }) => {
    const name = `${service}:${operation}`;
    const perSecond = rates.find(([pattern]) => pattern.test(name))?.[1];
    if (perSecond === undefined) return true;
    const key = `${account}/${region}/${name}`;
    const now = clock.now();
    const bucket = buckets.get(key) ?? { tokens: perSecond, at: now };
    const tokens = Math.min(perSecond, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1;
  };
}
