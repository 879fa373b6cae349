/** What stands in the two AWS accounts and on GitHub, as assertions want it. */
import { Batch, type JobDefinition, type JobDetail } from '@aws-sdk/client-batch';
import { ECR } from '@aws-sdk/client-ecr';
import type { LocalAws } from '../../src/local/server.ts';
import { REGIONS } from '../actions/region.ts';
import type { FakeGitHub } from '../github/fake-github.ts';
import { ACCOUNTS, clientOptions, type Environment } from './landscape.ts';

/** `name:revision` of what is ACTIVE, newest last. */
export async function readActive(aws: LocalAws, environment: Environment, region: string): Promise<string[]> {
  const found = await listDefinitions(aws, environment, region);
  return found.map(({ jobDefinitionName, revision }) => `${jobDefinitionName}:${revision}`).sort();
}

/** The newest ACTIVE revision of a name. */
export async function readLive(
  aws: LocalAws,
  environment: Environment,
  region: string,
  name = 'content-cues-small',
): Promise<JobDefinition | undefined> {
  const found = (await listDefinitions(aws, environment, region)).filter(one => one.jobDefinitionName === name);
  return found.toSorted((one, other) => (one.revision ?? 0) - (other.revision ?? 0)).at(-1);
}

async function listDefinitions(aws: LocalAws, environment: Environment, region: string): Promise<JobDefinition[]> {
  const batch = new Batch(clientOptions(aws, environment, region));
  return (await batch.describeJobDefinitions({ status: 'ACTIVE' })).jobDefinitions ?? [];
}

/** Digest → tags, in one region; empty where there is no repository. */
export async function readImages(
  aws: LocalAws,
  environment: Environment,
  region: string,
): Promise<Record<string, string[]>> {
  const ecr = new ECR(clientOptions(aws, environment, region));
  const { repositories = [] } = await ecr.describeRepositories({});
  if (repositories.length === 0) return {};
  const { imageDetails = [] } = await ecr.describeImages({ repositoryName: 'content-cues' });
  // Evidence lies beside the image, without a tag.
  const tagged = imageDetails.filter(({ imageTags = [] }) => imageTags.length > 0);
  return Object.fromEntries(tagged.map(({ imageDigest, imageTags = [] }) => [imageDigest, imageTags.toSorted()]));
}

/** Parents of array jobs in every state. */
export async function readJobs(aws: LocalAws, environment: Environment, region: string): Promise<JobDetail[]> {
  const batch = new Batch(clientOptions(aws, environment, region));
  const ids: string[] = [];
  for (const jobQueue of ['low', 'medium', 'high'].map(name => `content-cues-${name}`)) {
    for (const jobStatus of [
      'SUBMITTED',
      'PENDING',
      'RUNNABLE',
      'STARTING',
      'RUNNING',
      'SUCCEEDED',
      'FAILED',
    ] as const) {
      const { jobSummaryList = [] } = await batch.listJobs({ jobQueue, jobStatus });
      ids.push(...jobSummaryList.flatMap(({ jobId }) => jobId ?? []));
    }
  }
  return ids.length === 0 ? [] : ((await batch.describeJobs({ jobs: ids })).jobs ?? []);
}

/** Environment, commit and the states that each deployment went through. */
export function readDeployments(github: FakeGitHub): { environment: string; sha: string; states: string[] }[] {
  return github.state.deployments.map(({ environment, sha, statuses }) => {
    return { environment, sha, states: statuses.map(({ state }) => state) };
  });
}

/** What the team grants once: production's account may read test's image and the evidence beside it (docs/promotion.md). */
export async function shareWithProduction(aws: LocalAws): Promise<void> {
  const policyText = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Sid: 'BatchwrightPromote',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNTS.production}:root` },
      Action: [
        'ecr:BatchGetImage',
        'ecr:GetDownloadUrlForLayer',
        'ecr:BatchCheckLayerAvailability',
        'ecr:ListImageReferrers',
      ],
    },
  });
  for (const region of REGIONS) {
    const ecr = new ECR(clientOptions(aws, 'test', region));
    await ecr.setRepositoryPolicy({ repositoryName: 'content-cues', policyText });
  }
}
