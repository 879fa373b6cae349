import { parseArgs } from 'node:util';
import { ConfigurationError } from '../errors.ts';

export const BREAKS = ['app', 'oom', 'missing-account', 'bad-template', 'bad-image', 'production'] as const;
export type Break = (typeof BREAKS)[number];

export interface DemoOptions {
  /** Start from what the last run left behind, instead of from nothing. */
  readonly keep: boolean;
  readonly break?: Break | undefined;
  readonly engine: 'auto' | 'docker' | 'process';
  readonly help: boolean;
}

export const USAGE = `npm run demo [-- FLAGS]

  --keep              Start from what the last run left behind: nothing has changed, so nothing is registered.
  --break WHAT        Show what a failure looks like: ${BREAKS.join(', ')}.
  --engine ENGINE     docker: build and run with Docker. process: no daemon. auto (default): docker where a daemon answers.
`;

/** Reads the demo's flags. Throws ConfigurationError with the usage. */
export function parseOptions(args: readonly string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        break: { type: 'string' },
        engine: { type: 'string', default: 'auto' },
      },
    });
    const { keep, help, engine } = values;
    const broken = BREAKS.find(known => known === values.break);
    if (values.break !== undefined && broken === undefined)
      throw new Error(`--break must be one of ${BREAKS.join(', ')}`);
    if (engine !== 'auto' && engine !== 'docker' && engine !== 'process')
      throw new Error('--engine must be docker, process or auto');
    return { keep, help, engine, break: broken };
  } catch (error) {
    throw new ConfigurationError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}
