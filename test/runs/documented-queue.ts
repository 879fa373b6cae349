/** A queue that job state changes come to, made by the very commands of docs/runs.md, with the SDK in place of the AWS CLI. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { SQS } from '@aws-sdk/client-sqs';

const PAGE = fileURLToPath(new URL('../../docs/runs.md', import.meta.url));
export const DOCUMENTED = { account: '123456789012', region: 'eu-west-1' } as const;

/** As `runs.events` has it. */
export const EVENTS = 'https://sqs.{region}.amazonaws.com/{account}/batch-events';

/** Words of each `aws` command of the page's section about events, as a shell hands them over. */
export function readCommands(page = readFileSync(PAGE, 'utf8')): readonly (readonly string[])[] {
  const [, section = ''] = page.split('## Events instead of looks');
  const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
  const shell = `aws() { printf '%s\\0' "$@"; printf '\\1'; }\n${block}`;
  const said = execFileSync('bash', ['-euc', shell], { encoding: 'utf8' });
  return said.split('\x01').flatMap(command => (command === '' ? [] : [command.split('\0').slice(0, -1)]));
}

/** Does what the page's commands say. `options` are those of a client of the page's account and region. */
export async function followPage(options: ConstructorParameters<typeof SQS>[0] & object): Promise<void> {
  const clients = { sqs: new SQS(options), events: new EventBridge(options as object) };
  for (const [service = '', operation = '', ...flags] of readCommands()) {
    const client = clients[service as keyof typeof clients] as unknown as Record<
      string,
      (input: Record<string, unknown>) => Promise<unknown>
    >;
    const input = Object.fromEntries(
      flags.flatMap((flag, at) => (at % 2 === 0 ? [[nameOf(flag), readValue(flag, flags[at + 1] ?? '')]] : [])),
    );
    const method = nameOf(operation);
    await client[method.charAt(0).toLowerCase() + method.slice(1)]?.(input);
  }
  for (const client of Object.values(clients)) client.destroy();
}

/** `--queue-url` is QueueUrl. */
function nameOf(word: string): string {
  return word.replace(/^--/, '').replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** A structure as JSON or, of a list, in the CLI's shorthand. */
function readValue(flag: string, text: string): unknown {
  if (flag === '--attributes') return JSON.parse(text);
  if (flag === '--targets') return [Object.fromEntries(text.split(',').map(part => part.split('=')))];
  return text;
}
