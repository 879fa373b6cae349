/** Names and ARNs of Batch resources. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html */
import { hash } from 'node:crypto';
import type { Caller } from '../model.ts';

export type ResourceKind = 'compute-environment' | 'job-queue' | 'scheduling-policy' | 'job-definition' | 'job';

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

export function arnOf(caller: Caller, kind: ResourceKind, name: string): string {
  return `${arnPrefix(caller)}:${kind}/${name}`;
}

/** The name in an ARN of this account, region and kind; a plain name as it is; undefined for any other ARN. */
export function nameFrom(caller: Caller, kind: ResourceKind, nameOrArn: string): string | undefined {
  if (!nameOrArn.startsWith('arn:')) return nameOrArn;
  const prefix = `${arnPrefix(caller)}:${kind}/`;
  return nameOrArn.startsWith(prefix) ? nameOrArn.slice(prefix.length) : undefined;
}

/** The name in an ARN that we made. */
export function nameIn(ownArn: string): string {
  return ownArn.slice(ownArn.indexOf('/') + 1);
}

function arnPrefix({ account, region }: Caller): string {
  return `arn:${partitionOf(region)}:batch:${region}:${account}`;
}

/** The ECS cluster that Batch makes for a compute environment: `AWSBatch-<name>-<uuid>`, always the same for the same name. */
export function clusterOf(caller: Caller, environment: string): string {
  return `AWSBatch-${environment}-${uuidFrom(arnOf(caller, 'compute-environment', environment))}`;
}

export function ecsArn({ account, region }: Caller, resource: string): string {
  return `arn:${partitionOf(region)}:ecs:${region}:${account}:${resource}`;
}

/** 32 hexadecimal digits, as ECS names a task; the same for the same attempt, so that it need not be kept. */
export function taskIdOf(jobId: string, attempt: number): string {
  return hash('md5', `task ${jobId} ${attempt}`);
}

export function instanceIdOf(jobId: string, attempt: number): string {
  return hash('md5', `instance ${jobId} ${attempt}`);
}

function uuidFrom(text: string): string {
  const digits = hash('sha1', text);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join('-');
}
