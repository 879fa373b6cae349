/**
 * Writes docs/canonical-form.md from the table of canonical rules; test/definitions/canonical.test.ts holds the two equal, and each
 * row to a test that names it.
 *
 *     node tools/canonical-form-page.ts
 */
import { writeFileSync } from 'node:fs';
import type { CanonicalRule } from '../src/definitions/canonical/rule.ts';
import { CANONICAL_RULES } from '../src/definitions/canonical.ts';

const PAGE = new URL('../docs/canonical-form.md', import.meta.url);

const KINDS: readonly (readonly [CanonicalRule['kind'], title: string, what: string])[] = [
  ['default', 'Server defaults', 'Batch fills the value in; it means the same as saying nothing.'],
  ['drop', 'Drops', 'Batch drops it, or describe alone shows it; both sides leave it out.'],
  ['order', 'Orders', 'A set: both sides are sorted. Equal keys keep their order.'],
  ['case', 'Cases', 'Letters mean the same in either case; both sides are written in upper case.'],
  ['number', 'Numbers', 'Text that is a number; both sides are written as short as can be.'],
  ['moved', 'Moves', 'One fact that may stand in two places; both sides have it in one.'],
];

const EVERYWHERE = [
  ['any member: null', 'Describe shows null for absent; register takes it as absent.'],
  ['any list: []', 'Batch fills lists in, as `command: []` and `volumes: []`. An empty entry of a list stays.'],
  ['any structure or map: {}', 'Batch fills maps in, as `parameters: {}` and `tags: {}`.'],
  ['any structure or map: order of members', 'JSON has none; both sides are in alphabetical order.'],
] as const;
const EVERYWHERE_SOURCE =
  'DescribeJobDefinitions answers kept in public repositories; terraform-provider-aws, internal/service/batch';

/** The whole page, Markdown. */
export function canonicalFormPage(): string {
  return [
    '# Canonical form',
    '',
    'What Batch describes is not what was registered. Batchwright brings both sides to one form before it compares them, so that',
    '`canonical(describe(register(x))) = canonical(x)` for every valid definition of every property family, and the second registration',
    'of anything makes no call. This is every change that is known, and where the knowledge is from.',
    '',
    'What no row names is compared as it is: ordered lists (`command`, `evaluateOnExit`, `mountPoints`, the `env` of EKS, in which',
    "`$(NAME)` looks back) keep their order, and a user's `false`, `''` and `0` stay. Members that Batch answers with and this version",
    'does not know are compared too, unless the tag `batchwright:content-hash` says that this very content was registered: then a newer',
    'Batch has filled them in. Members that a user writes and nobody knows are errors of `lint`.',
    '',
    '## Everywhere',
    '',
    '| where | what Batch does | source |',
    '|---|---|---|',
    ...EVERYWHERE.map(([where, what]) => `| ${where} | ${what} | ${EVERYWHERE_SOURCE} |`),
    '',
    ...KINDS.flatMap(([kind, title, what]) => [
      `## ${title}`,
      '',
      what,
      '',
      '| member | kind | what Batch does | source |',
      '|---|---|---|---|',
      ...CANONICAL_RULES.filter(rule => rule.kind === kind).flatMap(rowsOf),
      '',
    ]),
  ].join('\n');
}

function rowsOf({ shapes, member, kind, why, source }: CanonicalRule): readonly string[] {
  return shapes.map(shape => `| \`${shape}.${member}\` | ${kind} | ${why.replaceAll('|', '\\|')} | ${source} |`);
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, canonicalFormPage());
