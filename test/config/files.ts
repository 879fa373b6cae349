import { parseConfig } from '../../src/config/parse-config.ts';
import { ConfigurationError } from '../../src/errors.ts';

/** The least that is valid; `extra` is added at the top level. */
export function minimal(extra = ''): string {
  return `project: cues
families:
  cues: { template: cues.json.hbs }
tiers:
  small: { vcpus: 1, memoryMiB: 512 }
  large: { vcpus: 4, memoryMiB: 8192 }
environments:
  test:
    account: "123456789012"
    regions: [eu-west-1, us-east-1]
${extra}`;
}

export function parse(text: string, path = 'batchwright.yml') {
  return parseConfig({ path, text });
}

/** The lines of the ConfigurationError, or none. */
export function problemsOf(run: () => unknown): string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
}
