/** Queues and what is in them. The queues outlive the process, their messages do not. */
import type { Caller, LocalContext, Table } from '../model.ts';

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  /** Of the last time that it was received. */
  receipt: string;
  receives: number;
  /** Nobody receives it before. */
  visibleAt: number;
}

export interface Queue {
  readonly attributes: Readonly<Record<string, string>>;
  /** Changes these and keeps the others. */
  configure(changes: Readonly<Record<string, string>>): void;
  send(body: string, delayMilliseconds: number): Message;
  /** The oldest visible ones; waits for the first so long. */
  receive(most: number, waitMilliseconds: number, hiddenMilliseconds: number): Promise<readonly Message[]>;
  /** By the receipt of any time that it was received; of one that is gone nothing happens. */
  delete(receipt: string): void;
  hide(receipt: string, milliseconds: number): void;
  purge(): void;
  describe(): Readonly<Record<string, string>>;
}

interface QueueRecord extends Caller {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface Queues {
  find(caller: Caller, name: string): Queue | undefined;
  create(caller: Caller, name: string, attributes: Readonly<Record<string, string>>): void;
  /** Ends every wait. */
  close(): void;
}

export function openQueues({ store, clock, uuid }: LocalContext): Queues {
  const records: Table<QueueRecord> = store.table('sqs.queues');
  const open = new Map<string, Queue>();
  const end = new AbortController();
  const keyOf = ({ account, region }: Caller, name: string) => `${account}/${region}/${name}`;
  return {
    find(caller, name) {
      const key = keyOf(caller, name);
      const record = records.get(key);
      if (!record) return undefined;
      const save = (changed: QueueRecord) => records.put(key, changed);
      const queue = open.get(key) ?? openQueue(record, save, { clock, uuid }, end.signal);
      open.set(key, queue);
      return queue;
    },
    create({ account, region }, name, attributes) {
      const key = keyOf({ account, region }, name);
      if (!records.get(key)) records.put(key, { account, region, name, attributes, createdAt: clock.now() });
    },
    close: () => end.abort(),
  };
}

function openQueue(
  record: QueueRecord,
  save: (changed: QueueRecord) => void,
  { clock, uuid }: Pick<LocalContext, 'clock' | 'uuid'>,
  end: AbortSignal,
): Queue {
  const { account, region, name, createdAt } = record;
  let { attributes } = record;
  let messages: Message[] = [];
  const receipts = new Map<string, Message>();
  const waiting = new Set<AbortController>();
  const take = (most: number, hidden: number): readonly Message[] => {
    const now = clock.now();
    const taken = messages.filter(({ visibleAt }) => visibleAt <= now).slice(0, most);
    for (const message of taken) {
      message.receipt = uuid();
      message.receives += 1;
      message.visibleAt = now + hidden;
      receipts.set(message.receipt, message);
    }
    // What has been handed out is as it was then.
    return taken.map(message => ({ ...message }));
  };
  const remove = (message: Message) => {
    messages = messages.filter(one => one !== message);
    for (const [receipt, one] of receipts) if (one === message) receipts.delete(receipt);
  };
  return {
    get attributes() {
      return attributes;
    },
    configure(changes) {
      attributes = { ...attributes, ...changes };
      save({ ...record, attributes });
    },
    send(body, delay) {
      const sentAt = clock.now();
      const message = { id: uuid(), body, sentAt, receipt: '', receives: 0, visibleAt: sentAt + delay };
      messages.push(message);
      for (const sleeper of waiting) sleeper.abort();
      return message;
    },
    async receive(most, wait, hidden) {
      const until = clock.now() + wait;
      for (;;) {
        const taken = take(most, hidden);
        const now = clock.now();
        if (taken.length > 0 || now >= until || end.aborted) return taken;
        const next = Math.min(until, ...messages.map(({ visibleAt }) => visibleAt));
        const sleeper = new AbortController();
        waiting.add(sleeper);
        await clock.sleep(next - now, AbortSignal.any([sleeper.signal, end])).catch(() => undefined);
        waiting.delete(sleeper);
      }
    },
    delete(receipt) {
      const message = receipts.get(receipt);
      if (message) remove(message);
    },
    hide(receipt, milliseconds) {
      const message = receipts.get(receipt);
      if (message) message.visibleAt = clock.now() + milliseconds;
      for (const sleeper of waiting) sleeper.abort();
    },
    purge() {
      messages = [];
      receipts.clear();
    },
    describe() {
      const now = clock.now();
      const visible = messages.filter(({ visibleAt }) => visibleAt <= now).length;
      return {
        VisibilityTimeout: '30',
        ReceiveMessageWaitTimeSeconds: '0',
        ...attributes,
        QueueArn: `arn:aws:sqs:${region}:${account}:${name}`,
        CreatedTimestamp: String(Math.floor(createdAt / 1000)),
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(messages.length - visible),
      };
    },
  };
}
