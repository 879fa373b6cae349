/** OpenMetrics text. https://prometheus.io/docs/specs/om/open_metrics_spec/ */

export interface Family {
  readonly name: string;
  /** A gauge when absent. */
  readonly type?: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly unit?: string;
  readonly samples: readonly Sample[];
}

type Labels = Readonly<Record<string, string>>;
/** A counter's suffix is added; a histogram's samples say theirs. */
type Sample = readonly [labels: Labels, value: number, suffix?: '_bucket' | '_sum' | '_count' | undefined];

/** Families of one name become one: a family may stand only once in a text. */
export function renderFamilies(families: Iterable<Family>): string {
  const byName = new Map<string, Family>();
  for (const family of families) {
    const before = byName.get(family.name);
    byName.set(family.name, before ? { ...before, samples: [...before.samples, ...family.samples] } : family);
  }
  return `${[...byName.values()].map(renderFamily).join('')}# EOF\n`;
}

export function withLabels(families: readonly Family[], common: Labels): readonly Family[] {
  return families.map(family => ({
    ...family,
    samples: family.samples.map(([labels, value, suffix]): Sample => [{ ...common, ...labels }, value, suffix]),
  }));
}

function renderFamily({ name, type = 'gauge', help, unit, samples }: Family): string {
  const suffixed = (suffix: string | undefined) => name + (suffix ?? (type === 'counter' ? '_total' : ''));
  const lines = samples.map(([labels, value, suffix]) => `${suffixed(suffix)}${renderLabels(labels)} ${value}\n`);
  return `# TYPE ${name} ${type}\n${unit ? `# UNIT ${name} ${unit}\n` : ''}# HELP ${name} ${help}\n${lines.join('')}`;
}

function renderLabels(labels: Labels): string {
  const escaped = (text: string) =>
    text.replace(/[\\"\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`));
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}
