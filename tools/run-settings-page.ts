/**
 * Writes docs/run-settings.md from the schema of the configuration; test/config/run-settings-page.test.ts holds the two equal.
 *
 *     node tools/run-settings-page.ts
 */
import { writeFileSync } from 'node:fs';
import { describeJsonSchema } from '../src/config/json-schema.ts';
import { REGIONAL_SETTINGS } from '../src/config/region-problems.ts';

const PAGE = new URL('../docs/run-settings.md', import.meta.url);

/** As far as the schema of `runs` goes. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Setting {
  readonly path: string;
  readonly node: Node;
}

/** Every setting of `runs`, those within others after them, as `retry.rounds`. */
export function listRunSettings(): readonly Setting[] {
  const { properties } = JSON.parse(describeJsonSchema()) as Node;
  return settingsOf(properties?.['runs'] ?? {}, '');
}

/** The whole page, Markdown. */
export function runSettingsPage(): string {
  const settings = listRunSettings();
  const rows = settings.map(({ path, node }) =>
    [`\`${path}\``, describeValue(node), REGIONAL_SETTINGS.has(path) ? 'yes' : '', cell(node.description ?? '')].join(
      ' | ',
    ),
  );
  const regional = [...REGIONAL_SETTINGS].map(path => `\`${path}\``);
  return [
    '# `runs` in batchwright.yml',
    '',
    '`runs` may stand at the top level, in `environments.<environment>` and in `environments.<environment>.regions.<region>`. What a more specific',
    'level says is laid over what the others say, mappings key by key and lists as a whole, so that a level says only what differs there. An',
    'environment for which no level has `runs` has none; one for which a level has, needs `ledger` from one of them. [Runs](runs.md) tells what runs are.',
    '',
    '```yaml',
    'runs: { ledger: "s3://models-{environment}/ledger", environment: { BUCKET: "models-{region}" }, retry: { classes: [application] } }',
    'environments:',
    '  production:',
    '    runs: { retry: { rounds: 3 }, prices: fargate, maxCost: 500 }',
    '```',
    '',
    'A run spans the regions of its environment. Where it says *yes*, a region may differ; anything else is the whole run’s, and is refused where',
    'regions differ.',
    '',
    '| setting | value | of a region | |',
    '|---|---|---|---|',
    ...rows.map(row => `| ${row} |`),
    '',
    '## Names that are filled in',
    '',
    `\`{project}\`, \`{environment}\`, \`{region}\` and \`{account}\` in \`ledger\`, \`entries\`, ${regional.join(', ')}; in \`parameters\`,`,
    '`environment` and `command` also `{run}`, the run’s name. In `ledger` and `entries`, of which a run has one, `{region}` is the first of its environment.',
    '',
    '- Where names stand (`ledger`, `entries`, `events`, `retry.onDemandQueues`), any other `{name}` is refused.',
    '- A value of `parameters`, `environment` or `command` may hold braces of its own: JSON, `${VAR}`, `{{x}}`, another program’s `{date}` stay as they',
    '  are; a known name is filled in even there, `${run}` too. Only what can hardly be meant for anybody else is refused: what is one slip from a name that is known there (`{regio}`, `{rnu}`), and `{tier}` and',
    '  `{family}`, which are known elsewhere in the file. A program that wants those itself is given them by the template.',
    '',
  ].join('\n');
}

function settingsOf(node: Node, prefix: string): readonly Setting[] {
  return [node, ...(node.anyOf ?? [])].flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([name, below]) => [
      { path: prefix + name, node: below },
      ...settingsOf(below, `${prefix}${name}.`),
    ]),
  );
}

/** `whole number, 0 to 20`. */
function describeValue(node: Node): string {
  if (node.anyOf) return node.anyOf.map(describeValue).join(' or ');
  // More than fit into a line are told where they are explained.
  if (node.enum)
    return node.enum.length > 5
      ? '[class](runs.md#what-is-retried)'
      : node.enum.map(name => `\`${name}\``).join(' or ');
  if (node.type === 'array') return `list of ${describeValue(node.items ?? {})}`;
  if (node.type === 'object') {
    const { additionalProperties: each } = node;
    return typeof each === 'object' ? `mapping to ${describeValue(each)}` : 'mapping';
  }
  const kind = node.type === 'integer' ? 'whole number' : node.type === 'string' ? 'text' : (node.type ?? '');
  const range = node.maximum === undefined ? '' : `, ${node.minimum} to ${node.maximum}`;
  return `${kind}${range}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, runSettingsPage());
