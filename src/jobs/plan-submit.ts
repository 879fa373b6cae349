import type { JobDefinition, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import type { FairShare } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import { type Overrides, planOverrides } from './overrides.ts';

export interface SubmitRequest {
  readonly region: string;
  /** With its revision: what is tested is what runs. */
  readonly jobDefinitionArn: string;
  readonly jobQueue: string;
  /** Of a job queue with a fair-share scheduling policy, and of no other. */
  readonly fairShare?: FairShare | undefined;
  /** The same for the same job, or a job whose answer was lost cannot be found again. */
  readonly jobName: string;
  /** 1 submits a plain job, 2 to 10,000 an array job. */
  readonly size: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: readonly string[] | undefined;
}

/** ECS takes 8,192 characters and refuses only when the job starts; Batch's own variables share them, and take some hundreds. */
const LONGEST_OVERRIDES = 7000;

/**
 * The SubmitJob request. `definition` decides the form of the overrides. Throws ConfigurationError for what is accepted and then fails,
 * or fails with a riddle.
 */
export function planSubmit(request: SubmitRequest, definition?: JobDefinition): SubmitJobCommandInput {
  const { size, parameters, fairShare } = request;
  if (!Number.isInteger(size) || size < 1 || size > 10_000) {
    throw new ConfigurationError(`an array job has 2 to 10,000 children and a plain job is 1, not ${size}`);
  }
  const overrides = planOverrides(definition, request);
  checkOverrides(request, overrides);
  return {
    jobName: request.jobName,
    jobQueue: request.jobQueue,
    jobDefinition: request.jobDefinitionArn,
    ...(fairShare && {
      shareIdentifier: fairShare.shareIdentifier,
      ...(fairShare.schedulingPriority !== undefined && { schedulingPriorityOverride: fairShare.schedulingPriority }),
    }),
    ...(size > 1 && { arrayProperties: { size } }),
    ...(Object.keys(parameters).length > 0 && { parameters: { ...parameters } }),
    ...overrides,
  };
}

function checkOverrides({ environment, command }: SubmitRequest, overrides: Overrides): void {
  const problems: string[] = [];
  const bytes = new TextEncoder().encode(JSON.stringify(overrides)).length;
  if (bytes > LONGEST_OVERRIDES) {
    problems.push(
      `command and environment of the job are ${bytes} bytes; above ${LONGEST_OVERRIDES} the job would be accepted and then fail, since ECS takes 8,192 characters. Put long inputs in an S3 object and pass its address.`,
    );
  }
  const reserved = Object.keys(environment).filter(name => name.startsWith('AWS_BATCH'));
  problems.push(
    ...reserved.map(name => `environment variable ${name}: names that begin with AWS_BATCH are Batch's own`),
  );
  if (command?.includes('')) problems.push('the command has an empty argument, which Batch refuses');
  if (problems.length > 0) throw new ConfigurationError(problems.map(message => ({ message })));
}
