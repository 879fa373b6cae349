/** How far a failed promotion was taken back, in one line: for whoever reads nothing else. */
import type { CarriedOut, RestoredDefinition } from '../promote/model.ts';

type Restored = readonly RestoredDefinition[];

/** Undefined for a promotion that did not fail. */
export function describeBack(
  environment: string,
  { cause, restored }: Pick<CarriedOut, 'cause' | 'restored'>,
): string | undefined {
  if (cause === undefined) return undefined;
  const bad = (restored ?? []).filter(({ outcome }) => outcome.status === 'failed');
  if (bad.length === 0) return `${capitalised(describeStanding(environment, restored))}.`;
  const where = bad.map(({ promoted: { planned, before }, live, unknown, outcome }) => {
    const { name, target } = planned.definition;
    const reason = outcome.status === 'failed' ? outcome.reason : '';
    return `${name} in ${target.region}: ${describeLive({ live, unknown })}, revision ${before} was before (${reason})`;
  });
  return `${environment} could not be rolled back everywhere: ${where.join('; ')}. Run \`rollback\` once that is mended.`;
}

/** What stands, as half a sentence; `restored` undefined: nothing had been registered. */
export function describeStanding(environment: string, restored: Restored | undefined): string {
  if (!restored) return `nothing was registered in ${environment}`;
  if (restored.some(({ outcome }) => outcome.status === 'failed')) {
    return `${environment} could not be rolled back everywhere: what stands where is below`;
  }
  const alone = restored.flatMap(({ promoted: { planned }, outcome }) => {
    const { name, target } = planned.definition;
    const isAlone = outcome.status === 'untouched' && outcome.reason !== undefined;
    return isAlone ? [`${name} in ${target.region} (${outcome.reason})`] : [];
  });
  const changed = restored.some(({ outcome }) => outcome.status !== 'untouched');
  if (alone.length > 0) {
    const others = restored.length > alone.length ? '; elsewhere it runs what it ran before' : '';
    return `${environment} was ${changed ? 'rolled back but for' : 'not rolled back:'} ${alone.join(', ')}${others}`;
  }
  return changed
    ? `${environment} was rolled back: it runs what it ran before`
    : `nothing was left to take back in ${environment}: it runs what it ran before`;
}

/** One definition, for the log. */
export function describeRestored({ promoted, outcome, live, unknown }: RestoredDefinition): string {
  const { name, target } = promoted.planned.definition;
  const why = 'reason' in outcome && outcome.reason !== undefined ? `: ${outcome.reason}` : '';
  return `${name} in ${target.region}: ${outcome.status}, ${describeLive({ live, unknown })}${why}`;
}

function describeLive({ live, unknown }: Pick<RestoredDefinition, 'live' | 'unknown'>): string {
  if (live) return `revision ${live.revision} is live`;
  return unknown === undefined ? 'nothing is live' : `it is not known what is live (${unknown})`;
}

function capitalised(text: string): string {
  // The name of an environment stays as it is written.
  return text.replace(/^nothing/, 'Nothing');
}
