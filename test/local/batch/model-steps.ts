/** Random sequences: calls of Batch, each of which may meet a fault, and what happens to containers. */
import fc from 'fast-check';

/** `none`, `delay`, `lose`: the work is done. The others keep it from being done. `stale`: the read after it is behind. */
export const FAULTS = {
  none: 'done',
  stale: 'done',
  delay: 'done',
  lose: 'done',
  reset: 'undone',
  throttle: 'undone',
  fail: 'undone',
  deny: 'undone',
  expire: 'undone',
} as const;
export type Fault = keyof typeof FAULTS;

export interface SubmitStep {
  readonly kind: 'submit';
  readonly fault: Fault;
  readonly size: number;
  readonly attempts: number;
  readonly after: number;
  readonly byIndex: boolean;
  readonly sequential: boolean;
}
export interface MoveStep {
  readonly kind: 'start' | 'succeed' | 'fail' | 'lose';
  readonly which: number;
}
export interface StopStep {
  readonly kind: 'cancel' | 'terminate';
  readonly fault: Fault;
  readonly which: number;
  readonly child: boolean;
}
/** The process ends and another one goes on with its state. */
export interface RestartStep {
  readonly kind: 'restart';
}
export type Step = SubmitStep | MoveStep | StopStep | RestartStep;

const fault = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fault>('none') },
  { weight: 2, arbitrary: fc.constantFrom(...(Object.keys(FAULTS) as Fault[])) },
);
const which = fc.nat({ max: 20 });
const submit: fc.Arbitrary<SubmitStep> = fc.record({
  kind: fc.constant('submit'),
  fault,
  size: fc.constantFrom(0, 0, 2, 3, 5),
  attempts: fc.integer({ min: 1, max: 3 }),
  after: fc.integer({ min: -4, max: 5 }),
  byIndex: fc.boolean(),
  sequential: fc.boolean(),
});
const move: fc.Arbitrary<MoveStep> = fc.record({ kind: fc.constantFrom('start', 'succeed', 'fail', 'lose'), which });
const stop: fc.Arbitrary<StopStep> = fc.record({
  kind: fc.constantFrom('cancel', 'terminate'),
  fault,
  which,
  child: fc.boolean(),
});

const WEIGHTED = [
  { weight: 3, arbitrary: submit },
  { weight: 6, arbitrary: move },
  { weight: 2, arbitrary: stop },
] as const;

export const sequences: fc.Arbitrary<Step[]> = fc.array(fc.oneof(...WEIGHTED), { maxLength: 40 });

const restart = fc.constant<RestartStep>({ kind: 'restart' });
export const sequencesWithRestarts: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(...WEIGHTED, { weight: 1, arbitrary: restart }),
  { maxLength: 40 },
);
