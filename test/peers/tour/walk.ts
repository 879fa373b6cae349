/** Walks the tour with one client, and tells what came back in words that do not differ from walk to walk. */
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  isKnown,
  isObject,
  type Json,
  type JsonObject,
  memberAt,
  type Outcome,
  type Step,
  type TourClient,
} from './model.ts';

export interface Passed {
  readonly step: Step;
  readonly outcome: Outcome;
}

const PATIENCE_MS = 30_000;

/** The url is where faults are posted. Throws when a member that is waited for does not come. */
export async function walkTour(client: TourClient, url: string, steps: readonly Step[]): Promise<Passed[]> {
  const kept = new Map<string, string>();
  const passed: Passed[] = [];
  for (const step of steps) {
    if (!isKnown(step, client.models)) continue;
    if (step.fault) await addFault(url, step.fault);
    const outcome = await callUntil(client, step, fill(step.input, kept) as JsonObject);
    for (const [name, path] of Object.entries(step.keep ?? {})) {
      const value = memberAt(outcome.output, path);
      if (typeof value !== 'string') {
        throw new Error(`${step.name}: ${path} is no text in ${JSON.stringify(outcome)}`);
      }
      kept.set(name, value);
    }
    passed.push({ step, outcome: plainOutcome(outcome, kept) });
  }
  return passed;
}

async function callUntil(client: TourClient, step: Step, input: JsonObject): Promise<Outcome> {
  const [service = '', operation = ''] = step.call.split(':');
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const outcome = await client.call(service, operation, input);
    const wanted = Object.entries(step.until ?? {});
    if (wanted.every(([path, value]) => isDeepStrictEqual(memberAt(outcome.output, path), value))) return outcome;
    if (outcome.error || Date.now() > deadline) {
      throw new Error(`${step.name}: waited in vain, last ${JSON.stringify(outcome)}`);
    }
    await setTimeout(20);
  }
}

async function addFault(url: string, fault: JsonObject): Promise<void> {
  const answer = await fetch(`${url}/_batchwright/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ times: 1, ...fault }),
  });
  if (!answer.ok) throw new Error(`the fault was refused: ${await answer.text()}`);
}

function fill(value: Json, kept: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (whole, name: string) => kept.get(name) ?? whole);
  }
  if (Array.isArray(value)) return value.map(item => fill(item, kept));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fill(member, kept)]));
}

function plainOutcome({ output, error }: Outcome, kept: ReadonlyMap<string, string>): Outcome {
  // Longer values first: an id stands in many an ARN.
  const names = [...kept].toSorted(([, one], [, other]) => other.length - one.length);
  if (error) return { error: { code: error.code, message: plainText(error.message, names) } };
  return { output: plain(output ?? {}, names) as JsonObject };
}

function plain(value: Json, names: readonly [string, string][]): Json {
  if (typeof value === 'string') return plainText(value, names);
  // Milliseconds, and seconds as version 1 of the AWS CLI shows them.
  if (typeof value === 'number')
    return (value > 1.5e9 && value < 4e9) || (value > 1.5e12 && value < 4e12) ? '<time>' : value;
  if (Array.isArray(value)) return value.map(item => plain(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      typeof member === 'string' && /(token|eventId)$/i.test(name)
        ? `<${name === 'eventId' ? 'id' : 'token'}>`
        : plain(member, names),
    ]),
  );
}

const volatile: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>'],
  [/127\.0\.0\.1:\d+/g, '<host>'],
  [/\bi-[0-9a-f]{17}\b/g, '<instance>'],
  [/(?<![0-9a-f:"])[0-9a-f]{32}(?![0-9a-f])/g, '<id>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<time>'],
  [/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, '<time>'],
];

function plainText(text: string, names: readonly [string, string][]): string {
  const named = names.reduce((result, [name, value]) => result.replaceAll(value, `\${${name}}`), text);
  return volatile.reduce((result, [pattern, word]) => result.replace(pattern, word), named);
}
