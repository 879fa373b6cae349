/** Faults on demand: which calls go wrong, how, and how often. Rules are matched in the order in which they were added. */
import type { Staleness } from './past.ts';

export type FaultKind =
  /** The service's own throttling error; the work is not done. */
  | 'throttle'
  /** The service's own 500; the work is not done. */
  | 'fail'
  /** The connection is reset before the work. */
  | 'reset'
  /** The work is done and then the connection is reset: the answer is lost. */
  | 'lose'
  /** The answer comes late; the work is done after the delay. */
  | 'delay'
  /** The credentials have expired. */
  | 'expire'
  /** AccessDenied for this one action. */
  | 'deny'
  /** The answer is from before the latest writes. Only of Batch's Describe and List calls; others are never hit. */
  | 'stale';

export const faultKinds: readonly FaultKind[] = [
  ...(['throttle', 'fail', 'reset', 'lose', 'delay', 'expire', 'deny', 'stale'] as const),
];

/** A rule as the control API shows it and takes it. */
export interface FaultRule {
  readonly id: number;
  /** `batch:SubmitJob`, `logs:*`, `*`: the service's name in IAM policies, then the operation. `registry` for `/v2/`. */
  readonly on: string;
  readonly kind: FaultKind;
  /** Every region when undefined. */
  readonly region?: string | undefined;
  /** How many more calls it hits; undefined: all. */
  remaining?: number | undefined;
  /** 0 to 1, drawn from a generator that `seed` starts; undefined: every call. */
  probability?: number | undefined;
  seed?: number | undefined;
  /** For `delay` how long, for `stale` how old. */
  milliseconds?: number | undefined;
  /** For `stale`: as before the caller's last so many calls that changed something. With `milliseconds` too, the earlier of both. */
  writes?: number | undefined;
  /** How many calls it has hit. */
  hits: number;
}

export interface FaultedCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  /** Whether it can be answered from the past. */
  readonly hasPast?: boolean | undefined;
}

/** What the server does to one call. */
export interface FaultEffect {
  readonly delayMilliseconds: number;
  readonly kind: Exclude<FaultKind, 'delay'> | undefined;
  /** How old the answer is, of `stale`. */
  readonly asOf?: Staleness | undefined;
}

/** Ends a sentence that `on` began: `faults.on('batch:SubmitJob').lose().times(1)`. */
export interface FaultStart {
  throttle(): FaultHandle;
  fail(): FaultHandle;
  reset(): FaultHandle;
  lose(): FaultHandle;
  delay(milliseconds: number): FaultHandle;
  expire(): FaultHandle;
  deny(): FaultHandle;
  /** What was written before the first such rule is always seen: nothing else is remembered. */
  stale(age: Staleness): FaultHandle;
}

export interface FaultHandle {
  readonly rule: FaultRule;
  /** Only the next `count` calls. */
  times(count: number): FaultHandle;
  /** Each call with this probability, repeatably. */
  chance(probability: number, seed?: number): FaultHandle;
  remove(): void;
}

export interface Faults {
  on(call: string, options?: { region?: string }): FaultStart;
  add(rule: Omit<FaultRule, 'id' | 'hits'>): FaultHandle;
  list(): readonly FaultRule[];
  remove(id: number): boolean;
  clear(): void;
  /** Decides over one call and counts it. */
  take(call: FaultedCall): FaultEffect;
}

/** A rule with its generator, which is started when it is first needed. */
type DrawnRule = FaultRule & { draw?: () => number };

/** `changed` is told how far back `stale` rules may look, whenever rules were added or removed; undefined: there are none. */
export function createFaults(changed: (furthest: Staleness | undefined) => void = () => undefined): Faults {
  let rules: DrawnRule[] = [];
  let lastId = 0;

  const setRules = (next: DrawnRule[]): void => {
    rules = next;
    changed(furthestOf(rules));
  };

  const add: Faults['add'] = given => {
    lastId += 1;
    const rule: DrawnRule = { ...given, id: lastId, hits: 0 };
    setRules([...rules, rule]);
    const handle: FaultHandle = {
      rule,
      times(count) {
        rule.remaining = count;
        return handle;
      },
      chance(probability, seed) {
        rule.probability = probability;
        rule.seed = seed;
        delete rule.draw;
        return handle;
      },
      remove() {
        setRules(rules.filter(other => other !== rule));
      },
    };
    return handle;
  };

  const hits = (rule: DrawnRule, call: FaultedCall): boolean => {
    if (rule.remaining === 0 || !isNamed(rule, call)) return false;
    if (rule.probability !== undefined) {
      rule.draw ??= seededRandom(rule.seed ?? rule.id);
      if (rule.draw() >= rule.probability) return false;
    }
    if (rule.remaining !== undefined) rule.remaining -= 1;
    rule.hits += 1;
    return true;
  };

  return {
    add,
    on(call, { region } = {}) {
      const start = (kind: FaultKind, age: Staleness = {}): FaultHandle => add({ on: call, kind, region, ...age });
      return {
        throttle: () => start('throttle'),
        fail: () => start('fail'),
        reset: () => start('reset'),
        lose: () => start('lose'),
        delay: milliseconds => start('delay', { milliseconds }),
        expire: () => start('expire'),
        deny: () => start('deny'),
        stale: age => start('stale', age),
      };
    },
    list: () => rules.map(describeRule),
    remove(id) {
      const before = rules.length;
      setRules(rules.filter(rule => rule.id !== id));
      return rules.length < before;
    },
    clear() {
      setRules([]);
    },
    take(call) {
      let delayMilliseconds = 0;
      for (const rule of rules) {
        if (!hits(rule, call)) continue;
        const { kind, milliseconds, writes } = rule;
        if (kind === 'stale') return { delayMilliseconds, kind, asOf: { milliseconds, writes } };
        if (kind !== 'delay') return { delayMilliseconds, kind };
        delayMilliseconds += milliseconds ?? 0;
      }
      return { delayMilliseconds, kind: undefined };
    },
  };
}

function describeRule(rule: DrawnRule): FaultRule {
  const shown = { ...rule };
  delete shown.draw;
  return shown;
}

function isNamed(rule: FaultRule, { service, operation, region, hasPast = false }: FaultedCall): boolean {
  if (rule.kind === 'stale' && !hasPast) return false;
  const [wantedService = '*', wantedOperation = '*'] = rule.on.split(':');
  return (
    (wantedService === '*' || wantedService === service) &&
    (wantedOperation === '*' || wantedOperation === operation) &&
    (rule.region === undefined || rule.region === region)
  );
}

function furthestOf(rules: readonly FaultRule[]): Staleness | undefined {
  const stale = rules.filter(({ kind }) => kind === 'stale');
  if (!stale.length) return undefined;
  return {
    milliseconds: Math.max(...stale.map(({ milliseconds = 0 }) => milliseconds)),
    writes: Math.max(...stale.map(({ writes = 0 }) => writes)),
  };
}

/** Mulberry32: 0 to 1, the same sequence for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
