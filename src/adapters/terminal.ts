import { styleText } from 'node:util';
import type { Notify, ToolkitEvent } from '../events.ts';
import { describeEvent } from '../report/event-line.ts';

type Style = Parameters<typeof styleText>[0];

/** Shows events on a terminal or in a plain log, on the given stream (stderr, so that results alone are on stdout). */
export function createTerminalHost(options: {
  readonly write: (line: string) => void;
  readonly colour: boolean;
  /** Also debug messages. */
  readonly verbose?: boolean;
}): Notify {
  const secrets: string[] = [];
  const paint = (style: Style, text: string) =>
    options.colour ? styleText(style, text, { validateStream: false }) : text;
  const mask = (text: string) => secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
  return event => {
    if (event.type === 'secret') {
      if (event.value) secrets.push(event.value);
      return;
    }
    if (event.type === 'message' && event.level === 'debug' && !options.verbose) return;
    options.write(paint(styleOf(event), mask(describeLine(event))));
  };
}

function describeLine(event: Exclude<ToolkitEvent, { type: 'secret' }>): string {
  const text = describeEvent(event);
  if (event.type === 'step') return `\n${text}`;
  if (event.type !== 'message' || event.level === 'info' || event.level === 'debug') return `  ${text}`;
  const at = event.position ? `${event.position.path}:${event.position.line}:${event.position.column}: ` : '';
  return `  ${event.level}: ${at}${text}`;
}

function styleOf(event: ToolkitEvent): Style {
  if (event.type === 'step') return 'bold';
  if (event.type === 'output' || event.type === 'blob' || event.type === 'log') return 'gray';
  if (event.type === 'job-status')
    return event.status === 'FAILED' ? 'red' : event.status === 'SUCCEEDED' ? 'green' : 'cyan';
  if (event.type === 'message' && event.level === 'error') return 'red';
  if (event.type === 'message' && event.level === 'warning') return 'yellow';
  return 'reset';
}
