/** What a text owes to the place it is in: account, region, names; so that one template serves many places. */
import { type Cell, Filled, type Part, type Value } from './model.ts';

/** Something that a template knows, and its value in each cell. */
export interface Fact {
  readonly expression: string;
  readonly values: readonly string[];
  /** Written as an expression even where the text is the same everywhere. */
  readonly always: boolean;
}

/** In the order in which they are tried when texts differ. */
export function factsOf(cells: readonly Cell[]): readonly Fact[] {
  const fact = (expression: string, read: (cell: Cell) => string, always = false) => ({
    expression,
    values: cells.map(read),
    always,
  });
  const varies = (read: (cell: Cell) => string) => new Set(cells.map(read)).size > 1;
  return [
    fact('account', ({ account }) => account, true),
    fact('region', ({ region }) => region, !varies(({ region }) => region)),
    ...(varies(({ partition }) => partition) ? [fact('partition', ({ partition }) => partition)] : []),
    ...(varies(({ name }) => name) ? [fact('jobDefinitionName', ({ name }) => name)] : []),
    ...(varies(({ environment }) => environment) ? [fact('environment', ({ environment }) => environment)] : []),
    ...(varies(({ tier }) => tier) ? [fact('tier.name', ({ tier }) => tier)] : []),
  ];
}

/** One text that is each cell's own when it is rendered there; undefined when there is none. */
export function abstractTexts(
  values: readonly (string | Filled)[],
  facts: readonly Fact[],
): readonly Part[] | undefined {
  const always = facts.filter(fact => fact.always);
  const sometimes = facts.filter(fact => !fact.always);
  for (let more = 0; more <= sometimes.length; more += 1) {
    const used = [...always, ...sometimes.slice(0, more)];
    const abstract = values.map((value, index) =>
      abstractParts(value instanceof Filled ? value.parts : [value], used, index),
    );
    const [one] = abstract;
    if (one !== undefined && abstract.every(parts => sameValue(parts, one))) return one;
  }
  return undefined;
}

function abstractParts(parts: readonly Part[], facts: readonly Fact[], index: number): readonly Part[] {
  return parts.flatMap(part => (typeof part === 'string' ? abstractText(part, facts, index) : [part]));
}

/** Whole words alone: the account in a longer number, or the region in a zone's name, is something else. */
function abstractText(text: string, facts: readonly Fact[], index: number): readonly Part[] {
  const known = new Map<string, string>();
  for (const { expression, values } of facts) {
    const value = values[index];
    if (value && !known.has(value)) known.set(value, expression);
  }
  if (known.size === 0) return [text];
  const words = [...known.keys()].toSorted((a, b) => b.length - a.length).map(escapeRegExp);
  const found = text.split(new RegExp(`(?<![A-Za-z0-9])(${words.join('|')})(?![A-Za-z0-9])`));
  const parts = found.map((piece, at): Part => (at % 2 === 0 ? piece : { expression: known.get(piece) ?? '' }));
  return parts.length === 1 ? parts : parts.filter(part => part !== '');
}

export function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

export function sameValue(
  one: Value | readonly Part[] | undefined,
  other: Value | readonly Part[] | undefined,
): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
