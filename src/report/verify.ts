import type { CheckResult } from '../definitions/verify/model.ts';
import type { Block, Cell, Document, Inline } from './document.ts';
import { count } from './format.ts';

/** What each check looks at, as a person calls it: one, and several. */
const NAMES: Readonly<Record<string, readonly [string, string]>> = {
  account: ['account', 'accounts'],
  live: ['live definition', 'live definitions'],
  'job-queue': ['job queue', 'job queues'],
  fit: ['definition', 'definitions on a job queue'],
  image: ['image', 'images'],
  platform: ['image', 'images for a platform'],
  role: ['role', 'roles'],
  secret: ['secret', 'secrets'],
  parameter: ['parameter', 'parameters'],
  'log-group': ['log group', 'log groups'],
  bucket: ['bucket', 'buckets'],
  'event-queue': ['event queue', 'event queues'],
};
/** Of alike results, so many are named. */
const MOST_NAMED = 5;

/** Results of one check that say the same, wherever. */
export interface ResultGroup {
  readonly check: string;
  readonly status: CheckResult['status'];
  /** Reason and remedy, or an OK's remark. */
  readonly text: string;
  readonly results: readonly CheckResult[];
}

export function groupResults(results: readonly CheckResult[], status: CheckResult['status']): readonly ResultGroup[] {
  const groups = Map.groupBy(
    results.filter(result => result.status === status),
    result => `${result.check} ${describeReason(result)}`,
  );
  return [...groups.values()].flatMap(alike => {
    const [first] = alike;
    return first ? [{ check: first.check, status, text: describeReason(first), results: alike }] : [];
  });
}

/** `role a, b: does not exist. Create it. (test in eu-west-1; models-small and 2 more)`, as plain text. */
export function describeGroup(group: ResultGroup): string {
  return `${nameOf(group)} ${listed(subjectsOf(group))}: ${endSentence(group.text)} (${describePlaces(group)})`;
}

/** One line for all that is well; each thing that is not, or could not be looked at, with what to do. */
export function reportVerify(results: readonly CheckResult[]): Document {
  const [bad, skipped] = [groupResults(results, 'NG'), groupResults(results, 'SKIP')];
  const remarks = groupResults(results, 'OK').filter(({ text }) => text !== '');
  return [
    { type: 'heading', level: 2, content: 'Job definitions: verify' },
    { type: 'paragraph', content: describeTotals(results) },
    ...section(bad, { badge: 'bad', text: 'NG' }),
    ...section(skipped, { badge: 'warning', text: 'SKIP' }),
    ...section(remarks, { badge: 'idle', text: 'Note' }),
    ...describeWell(results),
  ];
}

function describeTotals(results: readonly CheckResult[]): Cell {
  const number = (status: CheckResult['status']) => results.filter(result => result.status === status).length;
  const [bad, skipped, good] = [number('NG'), number('SKIP'), number('OK')];
  const verdict: Inline =
    bad > 0
      ? { badge: 'bad', text: 'something is wrong' }
      : skipped > 0
        ? { badge: 'warning', text: 'nothing is wrong that could be looked at' }
        : { badge: 'good', text: 'all is well' };
  const targets = new Set(results.map(({ target }) => `${target.environment} ${target.region}`));
  return [verdict, `: ${bad} NG, ${skipped} SKIP, ${good} OK in ${count(targets.size, 'target')}.`];
}

function section(groups: readonly ResultGroup[], badge: Inline): readonly Block[] {
  if (groups.length === 0) return [];
  return [{ type: 'list', items: groups.map(group => describeItem(group, badge)) }];
}

function describeItem(group: ResultGroup, badge: Inline): Cell {
  const subjects = subjectsOf(group);
  const more = subjects.length - MOST_NAMED;
  return [
    badge,
    ` ${nameOf(group)} `,
    ...subjects.slice(0, MOST_NAMED).flatMap((code, index) => (index === 0 ? [{ code }] : [', ', { code }])),
    `${more > 0 ? ` and ${more} more` : ''}: ${endSentence(group.text)} (${describePlaces(group)})`,
  ];
}

function describeWell(results: readonly CheckResult[]): readonly Block[] {
  const checks = Map.groupBy(
    results.filter(({ status }) => status === 'OK'),
    ({ check }) => check,
  );
  if (checks.size === 0) return [];
  const words = [...checks].map(([check, alike]) => {
    const [one, many] = NAMES[check] ?? [check, `${check}s`];
    return count(alike.length, one, many);
  });
  return [{ type: 'paragraph', content: [{ badge: 'good', text: 'OK' }, `: ${words.join(', ')}.`] }];
}

/** `test, production in eu-west-1, us-east-1; models-small and 2 more`. */
function describePlaces({ results }: ResultGroup): string {
  const environments = Map.groupBy(results, ({ target }) => target.environment);
  const regionsOf = (own: readonly CheckResult[]) => listed([...new Set(own.map(({ target }) => target.region))]);
  const alike = Map.groupBy(environments, ([, own]) => regionsOf(own));
  const places = [...alike].map(([regions, own]) => `${listed(own.map(([environment]) => environment))} in ${regions}`);
  const definitions = [...new Set(results.flatMap(result => result.definitions))];
  return [...places, ...(definitions.length > 0 ? [listed(definitions, 1)] : [])].join('; ');
}

function listed(words: readonly string[], most = MOST_NAMED): string {
  const more = words.length - most;
  return `${words.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function subjectsOf({ results }: ResultGroup): readonly string[] {
  return [...new Set(results.map(({ subject }) => subject))];
}

function nameOf({ check }: ResultGroup): string {
  return NAMES[check]?.[0] ?? check;
}

function describeReason(result: CheckResult): string {
  if (result.status === 'OK') return result.remark ?? '';
  return result.remedy ? `${endSentence(result.reason)} ${result.remedy}` : result.reason;
}

function endSentence(text: string): string {
  return /[.!?)]$/.test(text) ? text : `${text}.`;
}
