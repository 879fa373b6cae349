/** The rules of the states, stated anew in a few lines: what a random sequence of calls and container events must come to. */

export const SLOTS = 3;
export type State = 'PENDING' | 'RUNNABLE' | 'STARTING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

export interface Unit {
  state: State;
  attempts: number;
  stopped: boolean;
}

export interface ModelJob {
  readonly id: string;
  readonly isArray: boolean;
  readonly allowed: number;
  readonly units: Unit[];
  readonly after: ModelJob | undefined;
  readonly byIndex: boolean;
  readonly sequential: boolean;
}

/** What Batch should do, in the plainest words: no index, no queue, everything looked up anew. */
export class Model {
  readonly jobs: ModelJob[] = [];
  readonly front: Unit[] = [];

  settle(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const job of this.jobs) {
        for (const [index, unit] of job.units.entries()) {
          if (unit.state !== 'PENDING') continue;
          const needs = needsOf(job, index);
          if (needs.includes('FAILED')) unit.state = 'FAILED';
          else if (needs.every(state => state === 'SUCCEEDED')) unit.state = 'RUNNABLE';
          changed ||= unit.state !== 'PENDING';
        }
      }
    }
    for (let next = this.next(); next && this.placed().length < SLOTS; next = this.next()) {
      if (this.front.includes(next)) this.front.splice(this.front.indexOf(next), 1);
      next.state = 'STARTING';
    }
  }

  /** Whatever was placed has lost its host; what has run before stands in front again. */
  restart(): void {
    const units = this.jobs.flatMap(job => job.units.map(unit => ({ job, unit })));
    for (const { job, unit } of units) {
      if (unit.state !== 'STARTING' && unit.state !== 'RUNNING') continue;
      unit.attempts++;
      unit.state = unit.stopped || unit.attempts >= job.allowed ? 'FAILED' : 'RUNNABLE';
    }
    const retried = units.filter(({ unit }) => unit.state === 'RUNNABLE' && unit.attempts > 0);
    this.front.splice(0, this.front.length, ...retried.map(({ unit }) => unit));
  }

  next(): Unit | undefined {
    const waiting = this.jobs.flatMap(({ units }) => units).filter(({ state }) => state === 'RUNNABLE');
    return this.front.find(unit => waiting.includes(unit)) ?? waiting[0];
  }

  placed(): Unit[] {
    return this.jobs.flatMap(({ units }) => units).filter(({ state }) => state === 'STARTING' || state === 'RUNNING');
  }
}

function needsOf({ after, byIndex, sequential, units }: ModelJob, index: number): State[] {
  const previous = sequential && index > 0 ? [units[index - 1]?.state ?? 'FAILED'] : [];
  if (!after) return previous;
  return [...previous, byIndex ? (after.units[index]?.state ?? 'FAILED') : stateOf(after)];
}

export function stateOf({ isArray, units }: ModelJob): State {
  if (!isArray) return units[0]?.state ?? 'FAILED';
  if (units.some(({ state }) => state !== 'SUCCEEDED' && state !== 'FAILED')) return 'PENDING';
  return units.some(({ state }) => state === 'FAILED') ? 'FAILED' : 'SUCCEEDED';
}
