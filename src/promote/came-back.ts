/** Whether a promotion that failed was taken back, whole or in part. Pure. */
import type { CarriedOut, RestoredDefinition } from './model.ts';

/** What does not run what it ran before: the way back failed, or what somebody else registered was left alone. */
export function findNotBack(restored: readonly RestoredDefinition[]): readonly RestoredDefinition[] {
  return restored.filter(
    ({ outcome }) => outcome.status === 'failed' || (outcome.status === 'untouched' && outcome.reason !== undefined),
  );
}

/** Something had been registered, and every definition in every region runs again what it ran before. */
export function isTakenBack({ registered, restored = [] }: Pick<CarriedOut, 'registered' | 'restored'>): boolean {
  const undone = registered?.definitions.some(({ outcome }) => outcome.status === 'undone') ?? false;
  const changed = restored.some(({ outcome }) => outcome.status !== 'untouched');
  return (undone || changed) && findNotBack(restored).length === 0;
}
