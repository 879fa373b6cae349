/** AWS Batch: the table of its operations, and the work behind them. */
import * as shapes from '@aws-sdk/client-batch';
import type { Engine } from '../engines/model.ts';
import type { JsonService, LocalContext, LogWriter, ServiceRequest } from '../model.ts';
import { createPast } from '../past.ts';
import * as environments from './capacity/compute-environments.ts';
import * as queues from './capacity/job-queues.ts';
import * as policies from './capacity/scheduling-policies.ts';
import { describeJobDefinitions } from './definitions/describe-definitions.ts';
import { deregisterJobDefinition, registerJobDefinition } from './definitions/register.ts';
import { type Refuse, refuser } from './errors.ts';
import { describeJobs } from './jobs/describe-jobs.ts';
import { listJobs } from './jobs/list-jobs.ts';
import { cancelJob, stopJobs, terminateJob } from './jobs/stop-jobs.ts';
import { submitJob } from './jobs/submit.ts';
import { recallWork } from './recall.ts';
import { type Checked, readRequest, type StructureShape } from './request-shape.ts';
import type { RealmWork } from './scheduling/realm-work.ts';
import type { BatchSettings } from './settings.ts';
import { listTags, tagResource, untagResource } from './tags.ts';
import { type Neighbours, openWorkshop } from './workshop.ts';

/** All that AWS Batch has, by the SDK. */
const REAL_OPERATIONS = Object.keys(shapes).flatMap(name => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);

/** What a handler is given beside its request. */
interface Scene {
  readonly work: RealmWork;
  readonly refuse: Refuse;
}

export function createBatch(
  context: LocalContext,
  engine: Engine,
  logs: LogWriter,
  settings: BatchSettings = {},
  neighbours: Neighbours = {},
): JsonService {
  const past = createPast(context.store, () => context.clock.now());
  const shop = openWorkshop({ ...context, store: past.store }, engine, logs, settings, neighbours);
  const { now } = shop;
  const operation =
    <Input>(shape: StructureShape, handle: (scene: Scene, input: Input) => object) =>
    (request: ServiceRequest): unknown => {
      const input = readRequest<Input>(shape, request.input);
      const refuse = refuser(request.requestId);
      if (request.asOf) return handle({ work: recallWork(past, request, request.asOf), refuse }, input);
      return past.watch(request, () => handle({ work: shop.workOf(request), refuse }, input));
    };
  /** The same for what changes queues or capacity. */
  const change = <Input>(shape: StructureShape, handle: (scene: Scene, input: Input) => object) =>
    operation<Input>(shape, (scene, input) => {
      const output = handle(scene, input);
      shop.changed(scene.work);
      return output;
    });
  const moment = () => shop.moment();
  const stopParts = ({ work }: Scene) => ({ work, runner: shop.runner, now: now() });
  const operations: JsonService['operations'] = {
    CreateComputeEnvironment: change(
      shapes.CreateComputeEnvironmentRequest$,
      ({ work, refuse }, input: Checked<shapes.CreateComputeEnvironmentRequest>) =>
        environments.createComputeEnvironment(work.realm, input, refuse, moment()),
    ),
    DescribeComputeEnvironments: operation(
      shapes.DescribeComputeEnvironmentsRequest$,
      ({ work, refuse }, input: Checked<shapes.DescribeComputeEnvironmentsRequest>) =>
        environments.describeComputeEnvironments(work.realm, input, refuse, now()),
    ),
    UpdateComputeEnvironment: change(
      shapes.UpdateComputeEnvironmentRequest$,
      ({ work, refuse }, input: Checked<shapes.UpdateComputeEnvironmentRequest>) =>
        environments.updateComputeEnvironment(work.realm, input, refuse, moment()),
    ),
    DeleteComputeEnvironment: change(
      shapes.DeleteComputeEnvironmentRequest$,
      ({ work }, input: Checked<shapes.DeleteComputeEnvironmentRequest>) =>
        environments.deleteComputeEnvironment(work.realm, input, moment()),
    ),
    CreateJobQueue: change(
      shapes.CreateJobQueueRequest$,
      ({ work, refuse }, input: Checked<shapes.CreateJobQueueRequest>) =>
        queues.createJobQueue(work.realm, input, refuse, moment()),
    ),
    DescribeJobQueues: operation(
      shapes.DescribeJobQueuesRequest$,
      ({ work, refuse }, input: Checked<shapes.DescribeJobQueuesRequest>) =>
        queues.describeJobQueues(work.realm, input, refuse, now()),
    ),
    UpdateJobQueue: change(
      shapes.UpdateJobQueueRequest$,
      ({ work, refuse }, input: Checked<shapes.UpdateJobQueueRequest>) =>
        queues.updateJobQueue(work.realm, input, refuse, moment()),
    ),
    DeleteJobQueue: change(shapes.DeleteJobQueueRequest$, (scene, input: Checked<shapes.DeleteJobQueueRequest>) =>
      shop.deleteQueue(scene.work, input),
    ),
    CreateSchedulingPolicy: operation(
      shapes.CreateSchedulingPolicyRequest$,
      ({ work, refuse }, input: Checked<shapes.CreateSchedulingPolicyRequest>) =>
        policies.createSchedulingPolicy(work.realm, input, refuse),
    ),
    DescribeSchedulingPolicies: operation(
      shapes.DescribeSchedulingPoliciesRequest$,
      ({ work, refuse }, input: Checked<shapes.DescribeSchedulingPoliciesRequest>) =>
        policies.describeSchedulingPolicies(work.realm, input, refuse),
    ),
    ListSchedulingPolicies: operation(
      shapes.ListSchedulingPoliciesRequest$,
      ({ work }, input: Checked<shapes.ListSchedulingPoliciesRequest>) =>
        policies.listSchedulingPolicies(work.realm, input),
    ),
    UpdateSchedulingPolicy: change(
      shapes.UpdateSchedulingPolicyRequest$,
      ({ work, refuse }, input: Checked<shapes.UpdateSchedulingPolicyRequest>) =>
        policies.updateSchedulingPolicy(work.realm, input, refuse),
    ),
    DeleteSchedulingPolicy: operation(
      shapes.DeleteSchedulingPolicyRequest$,
      ({ work }, input: Checked<shapes.DeleteSchedulingPolicyRequest>) =>
        policies.deleteSchedulingPolicy(work.realm, input, now()),
    ),
    RegisterJobDefinition: operation(
      shapes.RegisterJobDefinitionRequest$,
      ({ work, refuse }, input: Checked<shapes.RegisterJobDefinitionRequest>) =>
        registerJobDefinition(work.realm, input, refuse),
    ),
    DescribeJobDefinitions: operation(
      shapes.DescribeJobDefinitionsRequest$,
      ({ work, refuse }, input: Checked<shapes.DescribeJobDefinitionsRequest>) =>
        describeJobDefinitions(work.realm, input, refuse, now()),
    ),
    DeregisterJobDefinition: operation(
      shapes.DeregisterJobDefinitionRequest$,
      ({ work }, input: Checked<shapes.DeregisterJobDefinitionRequest>) =>
        deregisterJobDefinition(work.realm, input, now()),
    ),
    SubmitJob: operation(shapes.SubmitJobRequest$, ({ work, refuse }, input: Checked<shapes.SubmitJobRequest>) => {
      const answer = submitJob(work, input, refuse, { now: now(), jobId: settings.jobId ?? context.uuid });
      shop.visibility.forgetPast(work.book);
      return answer;
    }),
    DescribeJobs: operation(
      shapes.DescribeJobsRequest$,
      ({ work, refuse }, input: Checked<shapes.DescribeJobsRequest>) =>
        describeJobs(work, input, refuse, shop.visibility),
    ),
    ListJobs: operation(shapes.ListJobsRequest$, ({ work }, input: Checked<shapes.ListJobsRequest>) =>
      listJobs(work, input, now(), shop.visibility),
    ),
    CancelJob: operation(shapes.CancelJobRequest$, (scene, input: { jobId: string; reason: string }) =>
      cancelJob(stopParts(scene), input),
    ),
    TerminateJob: operation(shapes.TerminateJobRequest$, (scene, input: { jobId: string; reason: string }) =>
      terminateJob(stopParts(scene), input),
    ),
    CancelJobs: operation(shapes.CancelJobsRequest$, (scene, input: { jobs: string[]; reason: string }) =>
      stopJobs(stopParts(scene), input, 'cancel'),
    ),
    TerminateJobs: operation(shapes.TerminateJobsRequest$, (scene, input: { jobs: string[]; reason: string }) =>
      stopJobs(stopParts(scene), input, 'terminate'),
    ),
    ListTagsForResource: operation(shapes.ListTagsForResourceRequest$, ({ work }, input: { resourceArn: string }) =>
      listTags(work, input),
    ),
    TagResource: operation(
      shapes.TagResourceRequest$,
      ({ work }, input: { resourceArn: string; tags: Record<string, string> }) => tagResource(work, input),
    ),
    UntagResource: operation(
      shapes.UntagResourceRequest$,
      ({ work }, input: { resourceArn: string; tagKeys: string[] }) => untagResource(work, input),
    ),
  };
  return {
    name: 'batch',
    operations,
    notDone: REAL_OPERATIONS.filter(name => !Object.hasOwn(operations, name)),
    past: { answers: name => /^(Describe|List)/.test(name), keep: past.keep },
    callers: shop.callers,
    start: shop.start,
    stop: shop.stop,
  };
}
