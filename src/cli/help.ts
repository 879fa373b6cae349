import type { InputTable } from '../inputs.ts';
import { readTexts } from './texts.ts';
import type { Verb } from './verbs.ts';

/** `batchwright --help`. */
export async function describeVerbs(verbs: Readonly<Record<string, Verb>>): Promise<string> {
  const width = Math.max(...Object.keys(verbs).map(name => name.length));
  const lines = await Promise.all(
    Object.entries(verbs).map(
      async ([name, { texts }]) => `  ${name.padEnd(width)}  ${(await readTexts(texts)).description}`,
    ),
  );
  return [
    'Usage: batchwright VERB [flags]',
    '',
    ...lines,
    '',
    '`batchwright VERB --help` lists the flags of one verb. Results go to stdout, progress to stderr.',
    'Exit codes: 0 done, 1 failed, 2 differs (a dry run with something to do).',
    '',
  ].join('\n');
}

/** `batchwright VERB --help`: the texts of its action.yml, which are the action's as well. */
export async function describeVerb(name: string, { texts }: Verb, table: InputTable): Promise<string> {
  const { description, inputs } = await readTexts(texts);
  const rows = Object.entries(table).map(([input, { form }]) => {
    const text = inputs[input];
    const given = text?.default && text.default !== 'false' ? ` (default: ${text.default})` : '';
    const flag = form === 'flag' ? `--${input}` : `--${input} ${form === 'list' ? 'NAME …' : 'VALUE'}`;
    return [flag, `${text?.description ?? ''}${given}`] as const;
  });
  const common = [
    ['--output text|json', 'Form of the result on stdout. (default: text)'],
    ['--verbose', 'Show debug messages.'],
  ] as const;
  const all = [...rows, ...common];
  const width = Math.max(...all.map(([flag]) => flag.length));
  return [
    `Usage: batchwright ${name} [flags]`,
    '',
    description,
    '',
    ...all.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}`),
    '',
  ].join('\n');
}
