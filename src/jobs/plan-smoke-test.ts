import type { SmokeTestConfig, TargetConfig } from '../config/model.ts';
import { ConfigurationError, type Problem } from '../errors.ts';
import { fillText, fillTexts } from './fill-text.ts';
import { jobName } from './job-name.ts';
import { parseObjectUri } from './objects.ts';
import { planSubmit, type SubmitRequest } from './plan-submit.ts';

/** One environment in one region, and the revision to test there. */
export interface SmokeTestTarget {
  readonly config: TargetConfig;
  /** With its revision. */
  readonly jobDefinitionArn: string;
}

/** One target's smoke test, decided: what is submitted, and what each child must write. */
export interface SmokeTestPlan {
  readonly target: SmokeTestTarget;
  readonly runId: string;
  readonly test: SmokeTestConfig;
  readonly first: SubmitRequest;
  /** The same indices and the same texts again, under another job name; undefined when idempotence is not asked for. */
  readonly second: SubmitRequest | undefined;
  readonly entryOf: (index: number) => string | undefined;
  readonly objectsOf: (index: number) => readonly string[];
}

/**
 * Plans every target, so that nothing is submitted anywhere when one of them is wrong. Throws ConfigurationError with all problems.
 *
 * `{run}`, `{environment}`, `{region}`, `{account}`, `{project}`, `{tier}` and `{entries}` (joined with commas) are filled in within
 * parameters, environment, command and object addresses; `{index}` and `{entry}` within object addresses.
 */
export function planSmokeTests(targets: readonly SmokeTestTarget[], runId: string): readonly SmokeTestPlan[] {
  const problems: Problem[] = [];
  const plans = targets.flatMap(target => {
    try {
      return [planTarget(target, runId)];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      const where = `smoke test of ${target.config.environment} in ${target.config.region}`;
      problems.push(...error.problems.map(problem => ({ ...problem, message: `${where}: ${problem.message}` })));
      return [];
    }
  });
  if (targets.length === 0) problems.push({ message: 'there is no environment and region to test' });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return plans;
}

function planTarget(target: SmokeTestTarget, runId: string): SmokeTestPlan {
  const { config } = target;
  const { smokeTest: test } = config;
  if (!test) throw new ConfigurationError('the configuration has no smokeTest');
  const values = fillValues(config, test, runId);
  const name = ['smoke', config.project, config.environment, runId];
  const first: SubmitRequest = {
    region: config.region,
    jobDefinitionArn: target.jobDefinitionArn,
    jobQueue: findJobQueue(config, test),
    fairShare: config.fairShares?.[test.priority],
    jobName: jobName(name),
    size: test.size,
    parameters: fillTexts(test.parameters, values),
    environment: fillTexts(test.environment, values),
    command: test.command?.map(text => fillText(text, values)),
  };
  const entryOf = (index: number) => test.entries[index];
  const objectsOf = (index: number) =>
    test.expectObjects.map(text => fillText(text, { ...values, index: String(index), entry: entryOf(index) }));
  planSubmit(first);
  checkObjects(test, objectsOf);
  const second = test.idempotence ? { ...first, jobName: jobName([...name, 'again']) } : undefined;
  return { target, runId, test, first, second, entryOf, objectsOf };
}

function fillValues(config: TargetConfig, test: SmokeTestConfig, run: string): Record<string, string> {
  const { environment, region, account, project } = config;
  return { run, environment, region, account, project, tier: test.tier, entries: test.entries.join(',') };
}

function findJobQueue(config: TargetConfig, { priority }: SmokeTestConfig): string {
  const jobQueue = Object.hasOwn(config.jobQueues, priority) ? config.jobQueues[priority] : undefined;
  if (jobQueue) return jobQueue;
  const known = Object.keys(config.jobQueues).join(', ') || 'none';
  throw new ConfigurationError({
    message: `there is no job queue of priority "${priority}"`,
    remedy: `There is: ${known}.`,
  });
}

function checkObjects(test: SmokeTestConfig, objectsOf: (index: number) => readonly string[]): void {
  const problems: Problem[] = [];
  if (test.idempotence && test.expectObjects.length === 0) {
    problems.push({
      message: 'idempotence is asked for, but there is no object to compare',
      remedy: 'Name what each child writes in expectObjects.',
    });
  }
  for (let index = 0; index < test.size; index += 1) {
    for (const uri of objectsOf(index)) {
      parseObjectUri(uri);
      const left = /\{(\w+)\}/.exec(uri);
      if (left)
        problems.push({
          message: `expected object "${uri}" of child ${index}: nothing is known to put in place of ${left[0]}`,
        });
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems.slice(0, 10));
}
