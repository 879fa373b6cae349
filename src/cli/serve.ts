/** `batchwright serve`: runs over HTTP, for schedulers. */
import { defineCommand } from '../commands/command.ts';
import { sessionInputs } from '../commands/runs/session.ts';
import { ConfigurationError } from '../errors.ts';
import { flag, integer, oneOf, text } from '../inputs.ts';
import { openServerContext } from '../serve/open-server-context.ts';
import { startServe } from '../serve/start.ts';
import { parseTokens } from '../serve/tokens.ts';
import { aborted } from './until-aborted.ts';

const MIB = 2 ** 20;
const MOST_BODY_MIB = 1024;
/** Never on the command line: other users of the machine see that. */
const TOKENS = 'BATCHWRIGHT_TOKENS';

export const serveCommand = defineCommand({
  name: 'serve',
  inputs: {
    ...sessionInputs,
    port: integer(0, 65_535),
    host: text,
    'allow-remote': flag,
    tokens: text,
    'max-body-mib': integer(1, 100_000),
    account: oneOf('none', 'listed', 'described'),
  },
  run: async (inputs, ports) => {
    const { notify, signal, files, environment } = ports;
    const given = inputs.tokens ? await files.readText(inputs.tokens) : environment[TOKENS];
    if (given === undefined) {
      throw new ConfigurationError({
        message: 'nobody is served without a token, and there is none',
        remedy: `Give a file with tokens, or set ${TOKENS}: a line \`NAME TOKEN\` for each caller.`,
      });
    }
    const recognize = parseTokens(given, inputs.tokens ?? TOKENS);
    const { account = 'listed' } = inputs;
    const server = await openServerContext({ ...inputs, account: account === 'none' ? undefined : account }, ports);
    const serving = await startServe({
      server,
      recognize,
      port: inputs.port ?? 8080,
      host: inputs.host ?? '127.0.0.1',
      allowRemote: inputs['allow-remote'],
      mostBodyBytes: (inputs['max-body-mib'] ?? MOST_BODY_MIB) * MIB,
    });
    const say = (line: string) => notify({ type: 'message', level: 'info', text: line });
    notify({ type: 'step', title: `Serving the runs of ${server.targets[0].environment} on ${serving.url}` });
    say(`The ledger is ${server.store.uri}. What can be asked is at ${serving.url}/openapi.json.`);
    await aborted(signal);
    say('Ending. The jobs go on, and the next server goes on with the runs.');
    await serving.stop();
    return { exitCode: 0, outputs: {}, report: [], json: { url: serving.url } };
  },
});
