/** Reading the flat members of the query protocols: `Filter.1.Value.2`, `Tags.member.1.Key`. */

type Input = Readonly<Record<string, unknown>>;

export function readText(input: Input, name: string): string | undefined {
  const value = input[name];
  return typeof value === 'string' ? value : undefined;
}

/** `InstanceType.1`, `InstanceType.2`, … in their order. */
export function readTexts(input: Input, prefix: string): readonly string[] {
  return numbersOf(input, prefix).flatMap(number => readText(input, `${prefix}.${number}`) ?? []);
}

/** The members of `Filter.1`, `Filter.2`, …, each without its prefix. */
export function readStructures(input: Input, prefix: string): readonly Input[] {
  return numbersOf(input, prefix).map(number => {
    const own = `${prefix}.${number}.`;
    const members = Object.entries(input).filter(([name]) => name.startsWith(own));
    return Object.fromEntries(members.map(([name, value]) => [name.slice(own.length), value]));
  });
}

function numbersOf(input: Input, prefix: string): readonly number[] {
  const numbers = Object.keys(input).flatMap(name =>
    name.startsWith(`${prefix}.`) ? [Number.parseInt(name.slice(prefix.length + 1), 10)] : [],
  );
  return [...new Set(numbers)].filter(Number.isInteger).sort((a, b) => a - b);
}
