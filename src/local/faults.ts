/** Faults on demand: which calls go wrong, how, and how often. Rules are matched in the order in which they were added. */

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
  | 'deny';

export const faultKinds: readonly FaultKind[] = ['throttle', 'fail', 'reset', 'lose', 'delay', 'expire', 'deny'];

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
  /** For `delay`. */
  milliseconds?: number | undefined;
  /** How many calls it has hit. */
  hits: number;
}

export interface FaultedCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
}

/** What the server does to one call. */
export interface FaultEffect {
  readonly delayMilliseconds: number;
  readonly kind: Exclude<FaultKind, 'delay'> | undefined;
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

export function createFaults(): Faults {
  let rules: DrawnRule[] = [];
  let lastId = 0;

  const add: Faults['add'] = given => {
    lastId += 1;
    const rule: DrawnRule = { ...given, id: lastId, hits: 0 };
    rules.push(rule);
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
        rules = rules.filter(other => other !== rule);
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
      const start = (kind: FaultKind, milliseconds?: number): FaultHandle =>
        add({ on: call, kind, region, milliseconds });
      return {
        throttle: () => start('throttle'),
        fail: () => start('fail'),
        reset: () => start('reset'),
        lose: () => start('lose'),
        delay: milliseconds => start('delay', milliseconds),
        expire: () => start('expire'),
        deny: () => start('deny'),
      };
    },
    list: () => rules.map(describeRule),
    remove(id) {
      const before = rules.length;
      rules = rules.filter(rule => rule.id !== id);
      return rules.length < before;
    },
    clear() {
      rules = [];
    },
    take(call) {
      let delayMilliseconds = 0;
      for (const rule of rules) {
        if (!hits(rule, call)) continue;
        if (rule.kind !== 'delay') return { delayMilliseconds, kind: rule.kind };
        delayMilliseconds += rule.milliseconds ?? 0;
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

function isNamed(rule: FaultRule, { service, operation, region }: FaultedCall): boolean {
  const [wantedService = '*', wantedOperation = '*'] = rule.on.split(':');
  return (
    (wantedService === '*' || wantedService === service) &&
    (wantedOperation === '*' || wantedOperation === operation) &&
    (rule.region === undefined || rule.region === region)
  );
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
