/** act's log, and how GitHub's raw log has the same. */

/** One line of `act --json`. */
export interface LogLine {
  readonly msg: string;
  readonly level?: string;
  readonly job?: string;
  readonly step?: string;
  readonly raw_output?: boolean;
  /** A workflow command: its text and properties. */
  readonly command?: string;
  readonly arg?: string;
  readonly kvPairs?: Readonly<Record<string, string>>;
  /** Of a summary. */
  readonly content?: string;
  readonly stepResult?: string;
  readonly jobResult?: string;
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly text: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

export function parseLogLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: text, level: 'error' };
  }
}

export function readAnnotations(lines: readonly LogLine[]): Annotation[] {
  return lines.flatMap(({ command, arg = '', kvPairs = {} }) => {
    if (command !== 'error' && command !== 'warning' && command !== 'notice') return [];
    const line = kvPairs['line'] === undefined ? undefined : Number(kvPairs['line']);
    return [{ level: command, text: arg, file: kvPairs['file'], line }];
  });
}

/** What the run's page shows: the summaries of its steps, in Markdown. */
export function readSummary(lines: readonly LogLine[]): string {
  return lines.flatMap(({ command, content }) => (command === 'summary' && content ? [content] : [])).join('\n');
}

/** Jobs and steps as headings, and what steps print below them. */
export function describeLog(lines: readonly LogLine[]): string {
  const shown: string[] = [];
  let heading = '';
  for (const line of lines) {
    const job = line.job?.split('/').at(-1)?.trim();
    const next = line.step === undefined ? undefined : `${job}: ${line.step}`;
    const text = textOf(line);
    if (text === undefined) continue;
    if (next !== undefined && next !== heading) shown.push('', `=== ${next}`);
    heading = next ?? heading;
    shown.push(text);
  }
  return `${shown.join('\n').trim()}\n`;
}

/** Undefined for what GitHub's log does not show: outputs, variables, masks, summaries, and act's own words. */
function textOf({ command, arg = '', ...line }: LogLine): string | undefined {
  if (command === 'group' || command === 'endgroup') return `##[${command}]${arg}`;
  if (command === 'error' || command === 'warning' || command === 'notice') return `##[${command}]${arg}`;
  if (command !== undefined) return undefined;
  if (line.raw_output) return line.msg.replace(/\n$/, '');
  if (line.level === 'error' || line.level === 'warning') return `(${line.msg})`;
  if (line.jobResult !== undefined) return `\n=== ${line.job?.split('/').at(-1)?.trim()}: ${line.jobResult}`;
  return undefined;
}
