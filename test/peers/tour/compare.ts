/** Holds what a client was answered against the tour's expectations, and against what the others were answered. */
import { expect } from '@jest/globals';
import { isObject, type Json, type JsonObject, memberAt, type Outcome } from './model.ts';
import type { Passed } from './walk.ts';

/** A sentence for every step that was not answered as the facts say. */
export function findDepartures(passed: readonly Passed[]): string[] {
  return passed.flatMap(one => {
    try {
      holdToFacts(one);
      return [];
    } catch (error) {
      return [`${one.step.name}: ${String(error)}\ngot ${JSON.stringify(one.outcome)}`];
    }
  });
}

function holdToFacts({ step, outcome }: Passed): void {
  if (step.error) {
    expect(outcome).toEqual({ error: { code: step.error.code, message: matching(step.error.message) } });
    return;
  }
  expect(outcome.error).toBeUndefined();
  expect(outcome.output).toMatchObject(matching(step.answer ?? {}) as JsonObject);
  for (const path of step.lacks ?? []) {
    expect([path, memberAt(outcome.output, path) ?? 'nothing']).toEqual([path, 'nothing']);
  }
}

/** `/pattern/flags` in place of a text. */
function matching(expected: Json): unknown {
  if (typeof expected === 'string') {
    const [, pattern, flags] = /^\/(.+)\/([i]?)$/.exec(expected) ?? [];
    return pattern === undefined ? expected : expect.stringMatching(new RegExp(pattern, flags));
  }
  if (Array.isArray(expected)) return expected.map(matching);
  if (!isObject(expected)) return expected;
  return Object.fromEntries(Object.entries(expected).map(([name, member]) => [name, matching(member)]));
}

/** Steps that two clients were answered differently; `known`: members that only the second understands are no difference. */
export function findDifferences(one: readonly Passed[], other: readonly Passed[], known: 'all' | 'fewer'): string[] {
  return one.flatMap(({ step, outcome }) => {
    const theirs = other.find(passed => passed.step.name === step.name)?.outcome;
    if (!theirs) return [];
    const plain = (one: Outcome) => withoutMembers(one, step.byClient ?? []);
    const shown = known === 'fewer' ? (project(theirs as JsonObject, outcome as JsonObject) as Outcome) : theirs;
    try {
      expect(plain(outcome)).toEqual(plain(shown));
      return [];
    } catch (error) {
      return [`${step.name}: ${String(error)}`];
    }
  });
}

function withoutMembers({ output, error }: Outcome, names: readonly string[]): Outcome {
  if (!output) return error ? { error } : {};
  return { output: Object.fromEntries(Object.entries(output).filter(([name]) => !names.includes(name))) };
}

/** `whole` without the members that `part` does not have, at any depth. */
function project(whole: Json, part: Json | undefined): Json {
  if (Array.isArray(whole)) return whole.map((item, at) => project(item, Array.isArray(part) ? part[at] : undefined));
  if (!isObject(whole) || !isObject(part)) return whole;
  const shared = Object.entries(whole).filter(([name]) => Object.hasOwn(part, name));
  return Object.fromEntries(shared.map(([name, member]) => [name, project(member, part[name])]));
}
