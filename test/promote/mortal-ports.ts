/** A promotion that can be killed: seen from AWS, one that sends nothing more and hears no answer. */
import { createAws } from '../../src/adapters/aws/clients.ts';
import { systemClock } from '../../src/adapters/clock.ts';
import { systemHttp } from '../../src/adapters/http.ts';
import type { Ports } from '../../src/commands/command.ts';

/** The how-manieth call that changes something is never handled (`before`), or is done and its answer not heard (`after`). */
export interface Kill {
  readonly call: number;
  readonly when: 'before' | 'after';
}

export interface MortalPorts {
  readonly ports: Pick<Ports, 'aws' | 'http'>;
  /** The calls that change something, in the order of sending. */
  readonly calls: readonly string[];
  /** Resolves once it is dead and what it had sent before has been handled. */
  readonly died: Promise<void>;
}

const LONGEST_MILLISECONDS = 250;
const READS = /^(describe|list|get|batchGet|batchCheck)/;

export function createMortalPorts(kill?: Kill): MortalPorts {
  const calls: string[] = [];
  const underWay = new Set<Promise<unknown>>();
  const silence = new Promise<never>(() => undefined);
  const death = Promise.withResolvers<void>();
  let dead = false;
  const die = () => {
    dead = true;
    // An upload that is fed by an answer nobody hears any more has no end.
    void Promise.race([Promise.allSettled(underWay), systemClock.sleep(LONGEST_MILLISECONDS)]).then(() =>
      death.resolve(),
    );
    return silence;
  };
  const send = async <Answer>(name: string | undefined, call: () => Promise<Answer>): Promise<Answer> => {
    if (dead) return silence;
    if (name !== undefined) calls.push(name);
    const hit = name !== undefined && calls.length === kill?.call;
    if (hit && kill.when === 'before') return die();
    const answer = call();
    underWay.add(answer);
    await answer.catch(() => undefined);
    underWay.delete(answer);
    if (hit) return die();
    return dead ? silence : answer;
  };
  const wrap = <Client extends object>(client: Client, region: string): Client =>
    new Proxy(client, {
      get: (_, key: string) => {
        const method: unknown = Reflect.get(client, key);
        if (typeof method !== 'function') return method;
        const name = READS.test(key) ? undefined : `${region} ${key}`;
        return (...given: unknown[]) => send(name, () => Reflect.apply(method, client, given));
      },
    });
  const aws = createAws({ version: 'test' });
  const ports: MortalPorts['ports'] = {
    aws: {
      ...aws,
      batch: async region => wrap(await aws.batch(region), region),
      batchOnce: async region => wrap(await aws.batchOnce(region), region),
      ecr: async region => wrap(await aws.ecr(region), region),
    },
    http: {
      request: request => {
        const { method, url } = request;
        const name = method === 'GET' || method === 'HEAD' ? undefined : `${method} ${new URL(url).pathname}`;
        return send(name, () => systemHttp.request(request));
      },
    },
  };
  return { ports, calls, died: death.promise };
}
