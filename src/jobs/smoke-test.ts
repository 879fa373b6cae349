import type { Notify } from '../events.ts';
import type { AwsPorts, Clock } from '../ports.ts';
import type { SmokeTestResult } from './model.ts';
import { createPace, type Pace, type PauseRange } from './pace.ts';
import { planSmokeTests, type SmokeTestTarget } from './plan-smoke-test.ts';
import { runSmokeTest } from './smoke-test-target.ts';

export type { SmokeTestTarget } from './plan-smoke-test.ts';

export interface SmokeTestRequest {
  readonly targets: readonly SmokeTestTarget[];
  /** Names this smoke test: part of its job names, and `{run}` in its texts. Another run needs another id, or its objects are stale. */
  readonly runId: string;
  /** Between looks at the job and its logs; 1 s growing to 30 s. */
  readonly pauses?: PauseRange | undefined;
  /** How long log lines are waited for after the end; 2. */
  readonly logGraceSeconds?: number | undefined;
  /** Of GetLogEvents, in a region; 10, which is what it allows an account. */
  readonly logCallsPerSecond?: number | undefined;
  /** Last lines of a child's log kept in the result; 30. */
  readonly logLines?: number | undefined;
  /** Links into the AWS console, which has no jobs of a local AWS; on unless false. */
  readonly consoleLinks?: boolean | undefined;
}

export interface SmokeTestPorts {
  readonly aws: Pick<AwsPorts, 'batch' | 'batchOnce' | 'logs' | 's3'>;
  readonly clock: Clock;
  readonly notify: Notify;
  /** Terminates what was started, and makes the verdict `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a small job on the exact revision in every target at once, and says per child how it ended and why. Green only when every child
 * is accounted for, succeeded, and wrote what it must; a region whose API fails is red by itself and hides no other.
 *
 * Throws ConfigurationError, with all problems of all targets, before anything is submitted.
 */
export async function smokeTest(request: SmokeTestRequest, ports: SmokeTestPorts): Promise<SmokeTestResult> {
  const plans = planSmokeTests(request.targets, request.runId);
  const { pauses, logGraceSeconds, logCallsPerSecond = 10, logLines = 30, consoleLinks = true } = request;
  const options = { pauses, logGraceSeconds, logLines, consoleLinks };
  const paces = new Map<string, Pace>();
  const paceOf = (region: string): Pace => {
    const pace = paces.get(region) ?? createPace(ports.clock, logCallsPerSecond);
    paces.set(region, pace);
    return pace;
  };
  const runs = await Promise.all(
    plans.map(plan => runSmokeTest(plan, options, { ...ports, pace: paceOf(plan.first.region) })),
  );
  return { passed: runs.every(({ verdict }) => verdict === 'passed'), runs };
}
