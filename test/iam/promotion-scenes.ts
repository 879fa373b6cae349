/** `promote` over its main paths: into an empty account, again, over something, without proof, and back. */
import { writeFileSync } from 'node:fs';
import { Batch } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import { SOURCE_REPOSITORY_POLICY } from '../../tools/iam/job-roles.ts';
import { ACCOUNT, createQueue, ONE_RUN, REGIONS } from '../cli/workspace.ts';
import { clientOptions } from '../local/fixtures/local.ts';
import { EVENTS } from '../runs/documented-queue.ts';
import { createPlayer } from './player.ts';
import { PRODUCTION, writeProject } from './project.ts';
import type { Scenes } from './scenes.ts';

export async function playPromotion({ local, recorder, secrets, act }: Scenes): Promise<void> {
  const { verb } = createPlayer(recorder);
  for (const region of REGIONS) await createQueue(new Batch(clientOptions(local, PRODUCTION, region)));
  let commits = 0;
  /** As the deploy workflow leaves it. */
  const deploy = async (prove = true) => {
    commits += 1;
    const GITHUB_SHA = String(commits).padStart(40, 'c');
    Object.assign(process.env, local.environment(ACCOUNT), ONE_RUN, {
      GITHUB_SHA,
      GITHUB_RUN_ID: String(100 + commits),
    });
    writeProject(secrets, 700 + commits, { production: true, runs: `events: "${EVENTS}", ` });
    writeFileSync('app/build.mjs', `to be promoted ${commits}`);
    for (const step of ['build-push', 'register']) await verb(0, step, '--environment', 'test');
    if (prove) await verb(0, 'smoke-test +record', '--record', '--environment', 'test');
    await shareRepository();
    Object.assign(process.env, local.environment(PRODUCTION));
  };
  /** The policy of the documentation is what lets production in. */
  const shareRepository = async () => {
    const policyText = JSON.stringify(SOURCE_REPOSITORY_POLICY).replaceAll('ACCOUNT', PRODUCTION);
    for (const region of REGIONS) {
      const ecr = new ECR(clientOptions(local, ACCOUNT, region));
      await ecr.setRepositoryPolicy({ repositoryName: 'models', policyText });
    }
  };
  const promote = (exitCode: number, ...flags: string[]) =>
    verb(exitCode, 'promote', '--environment', 'production', '--version', `1.${commits}.0`, ...flags);

  await deploy();
  act('fail');
  await promote(1);
  act('succeed');
  await promote(0);
  await promote(0);
  await deploy();
  act('hang');
  writeProject(secrets, 700 + commits, { production: true, smokeSeconds: 1 });
  await promote(1);
  act('succeed');
  await deploy(false);
  await promote(1);
  await promote(0, '--override', 'proven by hand');
}
