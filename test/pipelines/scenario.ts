/** One team with two AWS accounts, from its first commit: what a test of a pipeline is played on. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll } from '@jest/globals';
import type { LocalAws } from '../../src/local/server.ts';
import { findAct } from './act/build.ts';
import { type GitHubForRuns, startGitHub } from './github.ts';
import { startLandscape, VARIABLES } from './landscape.ts';
import { createRepository, type TeamRepository } from './repository.ts';
import { runWorkflow, type WorkflowResult, type WorkflowRun } from './run-workflow.ts';
import { copyToolkit, listForeignActions } from './toolkit.ts';

export const act = findAct();

type Event = Pick<WorkflowRun, 'event' | 'workflow'> & Partial<Pick<WorkflowRun, 'payload' | 'ref' | 'onLine'>>;

export interface Scenario {
  readonly aws: LocalAws;
  readonly github: GitHubForRuns;
  readonly repository: TeamRepository;
  run(event: Event): Promise<WorkflowResult>;
}

/** The same for all tests of the file; `workflows` are the team's own, by name. */
export function useScenario(workflows: Readonly<Record<string, string>>): () => Scenario {
  let scenario: Scenario | undefined;
  const folders: string[] = [];
  beforeAll(async () => {
    if (act.path === undefined) return;
    const [aws, github] = await Promise.all([startLandscape(), startGitHub()]);
    const repository = createRepository(workflows);
    const toolkit = copyToolkit();
    folders.push(repository.path, toolkit);
    const foreignActions = listForeignActions();
    scenario = {
      aws,
      github,
      repository,
      run: ({ ref = 'refs/heads/main', ...event }) =>
        runWorkflow({
          ...{ act: act.path ?? '', repository: repository.path, toolkit, foreignActions, ref, variables: VARIABLES },
          ...event,
          // Nothing that reaches AWS but what a job gets by its own token.
          environment: {
            AWS_ENDPOINT_URL: aws.url,
            AWS_EC2_METADATA_DISABLED: 'true',
            ...github.runner({ event: event.event, ref }),
          },
        }),
    };
  });
  afterAll(async () => {
    await Promise.all([scenario?.aws.stop(), scenario?.github.stop()]);
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    if (!scenario) throw new Error('not started');
    return scenario;
  };
}

/** With the whole log when it is another one. */
export function expectExit({ exitCode, log }: Pick<WorkflowResult, 'exitCode' | 'log'>, expected: number): void {
  if (exitCode !== expected) throw new Error(`exit code ${exitCode} instead of ${expected}:\n${log}`);
}
