import { rm } from 'node:fs/promises';
import { cancelOnSignals } from '../adapters/signals.ts';
import { createTerminalHost } from '../adapters/terminal.ts';
import { createEngine } from '../local/engines/create-engine.ts';
import { startLocalAws } from '../local/server.ts';
import { describeFailure } from '../report/describe-failure.ts';
import { parseOptions, USAGE } from './options.ts';
import { startWhereItWas } from './port.ts';
import { BROKEN } from './project.ts';
import { tellStory } from './story.ts';

const STATE = '.demo/state';
const PORT = '.demo/port';

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const notify = createTerminalHost({ write, colour: process.stdout.isTTY === true && !process.env['NO_COLOR'] });
  const say = (text: string) => notify({ type: 'message', level: 'info', text });
  if (!options.keep) await rm('.demo', { recursive: true, force: true });
  const cancellation = cancelOnSignals();
  notify({ type: 'step', title: '1. The local AWS: ECR, Batch, CloudWatch Logs, S3 and STS in one process' });
  const start = (port: number) =>
    startLocalAws({
      port,
      stateFolder: STATE,
      engine: async context => {
        const { engine, explanation } = await createEngine(options.engine, context);
        say(explanation);
        return engine;
      },
    });
  const local = await startWhereItWas(start, PORT, say);
  try {
    say(`It listens on ${local.url}; state in ${STATE}.`);
    for (const caveat of local.engine.caveats) say(caveat);
    if (options.break)
      notify({ type: 'message', level: 'notice', text: `--break ${options.break}: ${BROKEN[options.break]}` });
    const passed = await tellStory({
      options,
      engine: local.engine.name,
      notify,
      signal: cancellation.signal,
      // As a job of a workflow does that assumes a role: what comes after is done in that account.
      enterAccount: account => void Object.assign(process.env, local.environment(account)),
    });
    return passed ? 0 : 1;
  } finally {
    await local.stop();
    cancellation.dispose();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`\n${describeFailure(error)}\n`);
  process.exitCode = 1;
}
