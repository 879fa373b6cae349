import { ConfigurationError } from '../errors.ts';
import type { StorePort } from '../ports.ts';
import type { Order, Progress, Round, RunPlan, Shard, ShardEnd, Stop, Submission } from './model.ts';

/** What is known of one run, kept as JSON below `<run>/` of the store. */
export interface Ledger {
  readonly run: string;
  readonly uri: string;
  readPlan(): Promise<RunPlan | undefined>;
  /** False when there is another plan already. */
  writePlan(plan: RunPlan): Promise<boolean>;
  readRound(round: number): Promise<Round | undefined>;
  writeRound(round: Round): Promise<boolean>;
  readSubmission(shard: Shard): Promise<Submission | undefined>;
  writeSubmission(shard: Shard, submission: Submission): Promise<void>;
  readEnd(shard: Shard): Promise<ShardEnd | undefined>;
  writeEnd(shard: Shard, end: ShardEnd): Promise<void>;
  readStop(): Promise<Stop | undefined>;
  writeStop(stop: Stop): Promise<void>;
  /** As it was at most a minute ago, while somebody drives the run; as it was then, when nobody does. */
  readProgress(): Promise<Progress | undefined>;
  writeProgress(progress: Progress): Promise<void>;
  readOrder(): Promise<{ readonly order: Order; readonly version: string } | undefined>;
  /** False when somebody has written another since `version`, or, without one, when there is one. */
  writeOrder(order: Order, version?: string): Promise<boolean>;
  /** The entries file of a shard. Throws ConfigurationError when it is gone. */
  readEntries(shard: Shard): Promise<Uint8Array>;
  /** To the ledger, and to where the children read them. */
  writeEntries(key: string, bytes: Uint8Array, entriesUri: string): Promise<void>;
  /** What a packed child wrote of its entries, below `entriesUri`; undefined when it wrote nothing. */
  readResult(shard: Shard, index: number, entriesUri: string): Promise<string | undefined>;
  /** Anything else of this run, such as its lease. */
  readonly store: StorePort;
  keyOf(name: string): string;
}

const encode = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value)}\n`);
const decode = <Value>(bytes: Uint8Array): Value => JSON.parse(new TextDecoder().decode(bytes)) as Value;

/** Opens where children read their entries, when that is not the ledger: they may not reach it. */
export type OpenEntries = (uri: string) => StorePort;

/** Without `openEntries` its children's entries and results can only be in the ledger itself. */
export function openLedger(run: string, store: StorePort, openEntries?: OpenEntries): Ledger {
  const keyOf = (name: string) => `${run}/${name}`;
  const read = async <Value>(name: string): Promise<Value | undefined> => {
    const found = await store.read(keyOf(name));
    return found && decode<Value>(found.bytes);
  };
  /** An answer may have been lost, and the write repeated by the client: what is there may be ours. */
  const writeNew = async (name: string, value: unknown): Promise<boolean> => {
    const bytes = encode(value);
    if ((await store.write(keyOf(name), bytes, 'absent')) !== undefined) return true;
    const there = await store.read(keyOf(name));
    return there !== undefined && Buffer.from(there.bytes).equals(bytes);
  };
  const openOther = (uri: string): StorePort | undefined => {
    if (uri === store.uri) return undefined;
    if (openEntries) return openEntries(uri);
    throw new Error(`the ledger ${store.uri} was opened without its entries, which are in ${uri}`);
  };
  const write = async (name: string, value: unknown) => void (await store.write(keyOf(name), encode(value)));
  return {
    run,
    uri: `${store.uri}/${run}`,
    store,
    keyOf,
    readPlan: () => read<RunPlan>('plan.json'),
    writePlan: plan => writeNew('plan.json', plan),
    readRound: round => read<Round>(`rounds/${round}.json`),
    writeRound: round => writeNew(`rounds/${round.round}.json`, round),
    readSubmission: ({ id }) => read<Submission>(`shards/${id}.json`),
    writeSubmission: ({ id }, submission) => write(`shards/${id}.json`, submission),
    readEnd: ({ id }) => read<ShardEnd>(`ended/${id}.json`),
    writeEnd: ({ id }, end) => write(`ended/${id}.json`, end),
    readStop: () => read<Stop>('stop.json'),
    writeStop: stop => write('stop.json', stop),
    readProgress: () => read<Progress>('progress.json'),
    writeProgress: progress => write('progress.json', progress),
    async readOrder() {
      const found = await store.read(keyOf('order.json'));
      return found && { order: decode<Order>(found.bytes), version: found.version };
    },
    async writeOrder(order, version) {
      if (version === undefined) return writeNew('order.json', order);
      return (await store.write(keyOf('order.json'), encode(order), { version })) !== undefined;
    },
    async readEntries({ key }) {
      const found = await store.read(keyOf(key));
      if (found) return found.bytes;
      throw new ConfigurationError({
        message: `the ledger has lost ${store.uri}/${keyOf(key)}`,
        remedy:
          'Without it nobody knows which entries these jobs stand for. Was it deleted, or did a lifecycle rule expire it?',
      });
    },
    async readResult({ id }, index, entriesUri) {
      const found = await (openOther(entriesUri) ?? store).read(keyOf(`results/${id}/${index}.ndjson`));
      return found && new TextDecoder().decode(found.bytes);
    },
    async writeEntries(key, bytes, entriesUri) {
      await Promise.all([store, openOther(entriesUri)].map(async each => each?.write(keyOf(key), bytes)));
    },
  };
}
