/** One team with two AWS accounts, from its first commit: what a test of a pipeline is played on. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll } from '@jest/globals';
import type { LocalAws } from '../../src/local/server.ts';
import { findAct } from './act/build.ts';
import { startLandscape } from './landscape.ts';
import { createRepository, type TeamRepository } from './repository.ts';
import { runWorkflow, type WorkflowResult, type WorkflowRun } from './run-workflow.ts';
import { copyToolkit, listForeignActions } from './toolkit.ts';

export const act = findAct();

type Event = Pick<WorkflowRun, 'event' | 'workflow'> &
  Partial<Pick<WorkflowRun, 'payload' | 'ref' | 'variables' | 'onLine'>>;

export interface Scenario {
  readonly aws: LocalAws;
  readonly repository: TeamRepository;
  run(event: Event): Promise<WorkflowResult>;
}

/** The same for all tests of the file; `workflows` are the team's own, by name. */
export function useScenario(workflows: Readonly<Record<string, string>>): () => Scenario {
  let scenario: Scenario | undefined;
  const folders: string[] = [];
  beforeAll(async () => {
    if (act.path === undefined) return;
    const aws = await startLandscape();
    const repository = createRepository(workflows);
    const toolkit = copyToolkit();
    folders.push(repository.path, toolkit);
    const foreignActions = listForeignActions(Object.keys(workflows));
    scenario = {
      aws,
      repository,
      run: event =>
        runWorkflow({
          ...{ act: act.path ?? '', repository: repository.path, toolkit, foreignActions },
          ...event,
          environment: { AWS_ENDPOINT_URL: aws.url, AWS_EC2_METADATA_DISABLED: 'true' },
        }),
    };
  });
  afterAll(async () => {
    await scenario?.aws.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    if (!scenario) throw new Error('not started');
    return scenario;
  };
}
