/** act's log, and how GitHub's page shows the same. */

/** One line of `act --json`. */
export interface LogLine {
  readonly msg: string;
  readonly level?: string;
  readonly job?: string;
  readonly jobID?: string;
  readonly step?: string;
  readonly stepID?: readonly string[];
  readonly stage?: string;
  readonly raw_output?: boolean;
  /** A workflow command, with its text in `msg`. */
  readonly command?: string;
  readonly content?: string;
  readonly stepResult?: string;
  readonly jobResult?: string;
}

export function parseLogLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: text, level: 'error' };
  }
}

/** Jobs and steps as headings, what steps print below them, each summary after its step. */
export function describeLog(lines: readonly LogLine[]): string {
  const shown: string[] = [];
  let heading = '';
  for (const line of lines) {
    const next = line.step === undefined ? undefined : `${line.job}: ${line.step}`;
    const text = textOf(line);
    if (text === undefined) continue;
    if (next !== undefined && next !== heading) shown.push('', `=== ${next}`);
    heading = next ?? heading;
    shown.push(text);
  }
  return `${shown.join('\n').trim()}\n`;
}

function textOf(line: LogLine): string | undefined {
  if (line.command === 'summary') return `--- summary\n${line.content ?? ''}--- end of summary`;
  if (line.raw_output || line.command !== undefined) return line.msg.replace(/\n$/, '');
  if (line.level === 'error' || line.level === 'warning') return `${line.level}: ${line.msg}`;
  if (line.stepResult === 'failure') return '(failed)';
  if (line.jobResult !== undefined) return `(job: ${line.jobResult})`;
  return undefined;
}
