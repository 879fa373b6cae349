import { formatCount } from '../format-count.ts';

/** A chart in three media: a sparkline, Mermaid, and SVG that needs neither script nor network. */
export interface Chart {
  readonly type: 'chart';
  readonly kind: 'line' | 'bar';
  readonly title: string;
  /** Labels of the two ends of the horizontal axis. */
  readonly from: string;
  readonly to: string;
  readonly series: readonly ChartSeries[];
}

export interface ChartSeries {
  readonly name: string;
  /** From zero up. All series of a chart have the same number. */
  readonly values: readonly number[];
}

const SPARKS = '▁▂▃▄▅▆▇█';
const SPARK_WIDTH = 60;
/** Mermaid draws every point; more cannot be told apart in a summary. */
const MERMAID_POINTS = 24;

export function renderSparklines({ title, from, to, series }: Chart): string {
  const width = Math.max(...series.map(({ name }) => name.length));
  const lines = series.map(({ name, values }) => {
    const shown = thin(values, SPARK_WIDTH);
    const top = Math.max(...shown);
    const line = shown.map(value => (value === 0 ? ' ' : SPARKS[Math.min(7, Math.floor((value / top) * 8))])).join('');
    return `${name.padEnd(width)} |${line}| up to ${formatValue(top)}`;
  });
  return [`${title}, from ${from} to ${to}`, ...lines].join('\n');
}

/** https://mermaid.js.org/syntax/xyChart.html */
export function renderMermaid({ kind, title, from, to, series }: Chart): string {
  const top = Math.max(1, ...series.flatMap(({ values }) => values));
  const quote = (text: string) => `"${text.replace(/["\\]/g, "'")}"`;
  return [
    '```mermaid',
    'xychart-beta',
    `  title ${quote(`${title} (${series.map(({ name }) => name).join(', ')})`)}`,
    `  x-axis ${quote(`${from} to ${to}`)} 0 --> ${MERMAID_POINTS}`,
    `  y-axis 0 --> ${Math.ceil(top)}`,
    ...series.map(
      ({ values }) =>
        `  ${kind} [${thin(values, MERMAID_POINTS)
          .map(value => Number(value.toFixed(2)))
          .join(', ')}]`,
    ),
    '```',
  ].join('\n');
}

const WIDTH = 400;
const HEIGHT = 110;
const BELOW = 20;

export function renderSvg({ kind, title, from, to, series }: Chart, toHtml: (text: string) => string): string {
  const top = Math.max(1, ...series.flatMap(({ values }) => values));
  const marks = series
    .map(({ values }, index) => (kind === 'bar' ? drawBars(values, top) : drawLine(values, top, index)))
    .join('');
  const legend = series
    .map(({ name }, index) => `<tspan class="series-${index}" dx="${index === 0 ? 0 : 12}">${toHtml(name)}</tspan>`)
    .join('');
  const label = `${title}: ${series.map(({ name, values }) => `${name} up to ${formatValue(Math.max(0, ...values))}`).join(', ')}, from ${from} to ${to}`;
  return `<figure class="chart"><figcaption>${toHtml(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT + BELOW}" role="img" aria-label="${toHtml(label)}">
<line class="axis" x1="0" y1="${HEIGHT}" x2="${WIDTH}" y2="${HEIGHT}"/>${marks}
<text x="0" y="12">${formatValue(top)}</text><text x="${WIDTH}" y="12" text-anchor="end">${legend}</text>
<text x="0" y="${HEIGHT + 16}">${toHtml(from)}</text><text x="${WIDTH}" y="${HEIGHT + 16}" text-anchor="end">${toHtml(to)}</text>
</svg></figure>`;
}

function drawLine(values: readonly number[], top: number, index: number): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values
    .map((value, at) => `${round(at * step)},${round(HEIGHT - (value / top) * (HEIGHT - 18))}`)
    .join(' ');
  return `<polyline class="series-${index}" points="${points}"/>`;
}

function drawBars(values: readonly number[], top: number): string {
  const step = WIDTH / Math.max(1, values.length);
  return values
    .map((value, at) => {
      const height = round((value / top) * (HEIGHT - 18));
      return `<rect class="series-0" x="${round(at * step)}" y="${round(HEIGHT - height)}" width="${round(step - 1)}" height="${height}"><title>${value}</title></rect>`;
    })
    .join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** No more than so many values, each the largest of those that it stands for. */
function thin(values: readonly number[], most: number): readonly number[] {
  if (values.length <= most) return values;
  return Array.from({ length: most }, (_, at) => {
    const [first, last] = [Math.floor((at * values.length) / most), Math.floor(((at + 1) * values.length) / most)];
    return Math.max(...values.slice(first, Math.max(first + 1, last)));
  });
}

function formatValue(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : value.toFixed(2);
}
