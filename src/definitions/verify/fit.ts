/** Whether a compute environment could ever run a definition. https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html */
import type { ComputeEnvironmentDetail, JobQueueDetail } from '@aws-sdk/client-batch';
import type { InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { REGISTERED_MEMORY } from '../../instance-families.ts';
import type { Capacity } from './capacity.ts';
import { type Candidate, type Claim, type Fleet, ng, ok, skip, type Verdict } from './model.ts';
import { type Needs, needsOf, totalVcpus } from './needs.ts';

const REMEDY = 'Ask for less, or give the job queue a compute environment that has it.';

/** Every definition must fit every job queue that its configuration names for it. */
export function fitClaims({ candidates }: Fleet, capacity: Capacity): readonly Claim[] {
  return candidates.flatMap(candidate => {
    const { target, name, config } = candidate.definition;
    return [...new Set(Object.values(config.jobQueues))].map(queue => ({
      check: 'fit',
      target,
      subject: `${name} on ${queue}`,
      needed: { candidate, path: [] },
      verify: () => fitQueue(candidate, queue, capacity),
    }));
  });
}

async function fitQueue(candidate: Candidate, named: string, capacity: Capacity): Promise<Verdict> {
  const { region } = candidate.definition.target;
  const queue = await capacity.queue(region, named);
  if ('verdict' in queue) return queue.verdict;
  if (queue.value === undefined) return skip('its job queue does not exist');
  const environments = await usableEnvironments(region, queue.value, capacity);
  if ('status' in environments) return environments;
  const verdicts = environments.map(async environment => {
    const verdict = await fitEnvironment(candidate, environment, region, capacity);
    return verdict.status === 'OK' ? verdict : withName(environment, verdict);
  });
  return best(await Promise.all(verdicts));
}

/** The compute environments on which Batch places jobs: ENABLED, and not INVALID. Otherwise the verdict. */
export async function usableEnvironments(
  region: string,
  queue: JobQueueDetail,
  capacity: Capacity,
): Promise<readonly ComputeEnvironmentDetail[] | Verdict> {
  const answer = await capacity.environments(region, queue);
  if ('verdict' in answer) return answer.verdict;
  const usable = answer.value.filter(({ state, status }) => state === 'ENABLED' && status !== 'INVALID');
  if (usable.length > 0) return usable;
  const states = answer.value.map(each => {
    const why = each.state === 'ENABLED' ? `${each.status}: ${each.statusReason ?? 'no reason given'}` : each.state;
    return `${each.computeEnvironmentName} is ${why}`;
  });
  return ng(`no compute environment of the job queue can be used (${states.join('; ') || 'it has none'})`);
}

/** One that fits is enough; what could not be looked at may fit. */
function best(verdicts: readonly Verdict[]): Verdict {
  const found = verdicts.find(({ status }) => status === 'OK') ?? verdicts.find(({ status }) => status === 'SKIP');
  if (found) return found;
  return ng(verdicts.map(verdict => (verdict.status === 'NG' ? verdict.reason : '')).join('; '), REMEDY);
}

function withName({ computeEnvironmentName: name }: ComputeEnvironmentDetail, verdict: Verdict): Verdict {
  return verdict.status === 'OK' ? verdict : { ...verdict, reason: `${name}: ${verdict.reason}` };
}

async function fitEnvironment(
  { subject }: Candidate,
  environment: ComputeEnvironmentDetail,
  region: string,
  capacity: Capacity,
): Promise<Verdict> {
  const kind = kindOf(environment);
  if (kind !== subject.platform && !(kind === 'UNMANAGED' && subject.platform === 'EC2'))
    return ng(`is for ${kind}, while the definition is for ${subject.platform}`);
  const needs = needsOf(subject);
  const vcpus = totalVcpus(needs);
  const most = environment.computeResources?.maxvCpus ?? environment.unmanagedvCpus ?? Number.POSITIVE_INFINITY;
  if (vcpus > most) return ng(`needs ${vcpus} vCPUs, more than its maxvCpus of ${most}`);
  if (kind === 'FARGATE') return ok();
  if (kind === 'UNMANAGED' || kind === 'MANAGED_INSTANCES')
    return skip(`the instances of compute environments of this kind (${kind}) are not looked at`);
  const types = await capacity.instanceTypes(region, environment);
  return 'verdict' in types ? types.verdict : fitInstances(needs, types.value, environment);
}

/** EC2, FARGATE, MANAGED_INSTANCES or EKS, as definitions have it; or UNMANAGED. */
export function kindOf({ eksConfiguration, type, computeResources }: ComputeEnvironmentDetail): string {
  if (eksConfiguration) return 'EKS';
  if (type === 'UNMANAGED') return 'UNMANAGED';
  if (computeResources?.type?.startsWith('FARGATE')) return 'FARGATE';
  return computeResources?.type === 'ECS_MANAGED_INSTANCES' ? 'MANAGED_INSTANCES' : 'EC2';
}

function fitInstances(
  needs: readonly Needs[],
  types: readonly InstanceTypeInfo[],
  { computeResources }: ComputeEnvironmentDetail,
): Verdict {
  if (types.length === 0)
    return ng(`this region offers none of its instance types (${computeResources?.instanceTypes?.join(', ')})`);
  const sizes = types.map(sizeOf);
  const misfit = needs.find(one => !sizes.some(size => holds(size, one, size.memoryMiB - 1)));
  if (misfit) return ng(describeMisfit(misfit, sizes));
  const tight = needs.find(one => !sizes.some(size => holds(size, one, registered(size))));
  if (!tight) return ok();
  const most = Math.max(...sizes.filter(size => holds(size, tight, size.memoryMiB - 1)).map(registered));
  return skip(
    `needs ${tight.memoryMiB} MiB, nearly all that an instance is sold with; the operating system takes a part of it`,
    `Ask for at most ${most} MiB, or see how much such an instance registers with ECS.`,
  );
}

type Size = Omit<Needs, 'nodes'>;

/** Batch hands out NVIDIA's GPUs alone. https://docs.aws.amazon.com/batch/latest/userguide/gpu-jobs.html */
function sizeOf({ VCpuInfo, MemoryInfo, GpuInfo }: InstanceTypeInfo): Size {
  const gpus = (GpuInfo?.Gpus ?? []).filter(({ Manufacturer }) => Manufacturer === 'NVIDIA');
  return {
    vcpus: VCpuInfo?.DefaultVCpus ?? 0,
    memoryMiB: MemoryInfo?.SizeInMiB ?? 0,
    gpus: gpus.reduce((sum, { Count = 0 }) => sum + Count, 0),
  };
}

function registered({ memoryMiB }: Size): number {
  return Math.floor(memoryMiB * REGISTERED_MEMORY);
}

function holds({ vcpus, gpus }: Size, needs: Needs, memoryMiB: number): boolean {
  return vcpus >= needs.vcpus && memoryMiB >= needs.memoryMiB && gpus >= needs.gpus;
}

/** `needs 200 vCPUs (of at most 96)`; names only what is too much. */
function describeMisfit({ vcpus, memoryMiB, gpus }: Needs, sizes: readonly Size[]): string {
  const most = (member: keyof Size) => Math.max(...sizes.map(size => size[member]));
  const over = [
    vcpus > most('vcpus') ? `${vcpus} vCPUs (an instance has at most ${most('vcpus')})` : '',
    memoryMiB >= most('memoryMiB') ? `${memoryMiB} MiB (an instance has less than ${most('memoryMiB')})` : '',
    gpus > most('gpus') ? `${gpus} GPUs (an instance has at most ${most('gpus')})` : '',
  ].filter(Boolean);
  if (over.length > 0) return `needs ${over.join(', ')}`;
  return `no one instance type has ${vcpus} vCPUs, ${memoryMiB} MiB and ${gpus} GPUs`;
}
