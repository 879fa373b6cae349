/** A process that can be killed: seen from AWS, one that sends nothing more and hears no answer. */
import type { AwsPorts, BatchPort } from '../../src/ports.ts';

type BatchPorts = Pick<AwsPorts, 'batch' | 'batchOnce'>;

/** `before`: the call is never handled. `after`: it is done, and its answer is not heard. `late`: it is done when `land` is called. */
export interface Kill {
  /** `eu-west-1 registerJobDefinition 2`: region, operation, and the how-manieth of these. */
  readonly call: string;
  readonly when: 'before' | 'after' | 'late';
}

export interface Mortal {
  readonly aws: BatchPorts;
  /** Every call in the order of sending, as `Kill` names them. */
  readonly calls: readonly string[];
  /** Resolves once it is dead and what it had sent before has been handled. */
  readonly died: Promise<void>;
  /** The request that was still on its way when the process died arrives, once. */
  land(): Promise<unknown>;
}

export function createMortal(aws: BatchPorts, kill?: Kill): Mortal {
  const calls: string[] = [];
  const underWay = new Set<Promise<unknown>>();
  const numbers = new Map<string, number>();
  const silence = new Promise<never>(() => undefined);
  const death = Promise.withResolvers<void>();
  let dead = false;
  let late: () => Promise<unknown> = () => Promise.resolve();

  const die = () => {
    dead = true;
    void Promise.allSettled(underWay).then(() => death.resolve());
    return silence;
  };
  const nameCall = (region: string, operation: string) => {
    const number = (numbers.get(`${region} ${operation}`) ?? 0) + 1;
    numbers.set(`${region} ${operation}`, number);
    calls.push(`${region} ${operation} ${number}`);
    return `${region} ${operation} ${number}`;
  };
  const send = async <Answer>(region: string, operation: string, call: () => Promise<Answer>): Promise<Answer> => {
    if (dead) return silence;
    const hit = nameCall(region, operation) === kill?.call;
    if (hit && kill.when === 'late') late = call;
    if (hit && kill.when !== 'after') return die();
    const answer = call();
    underWay.add(answer);
    await answer.catch(() => undefined);
    underWay.delete(answer);
    if (hit) return die();
    return dead ? silence : answer;
  };
  const wrap = (client: BatchPort, region: string): BatchPort => ({
    ...client,
    describeJobDefinitions: given => send(region, 'describeJobDefinitions', () => client.describeJobDefinitions(given)),
    deregisterJobDefinition: given =>
      send(region, 'deregisterJobDefinition', () => client.deregisterJobDefinition(given)),
    describeJobQueues: given => send(region, 'describeJobQueues', () => client.describeJobQueues(given)),
    listJobs: given => send(region, 'listJobs', () => client.listJobs(given)),
    tagResource: given => send(region, 'tagResource', () => client.tagResource(given)),
    registerJobDefinition: given => send(region, 'registerJobDefinition', () => client.registerJobDefinition(given)),
  });
  const land = () => {
    const landing = late().catch(() => undefined);
    late = () => Promise.resolve();
    return landing;
  };
  const batch = async (region: string) => wrap(await aws.batch(region), region);
  return { aws: { batch, batchOnce: batch }, calls, died: death.promise, land };
}
