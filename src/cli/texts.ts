import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** What an `action.yml` says about a verb: the one source of names, descriptions and defaults. */
export interface VerbTexts {
  readonly description: string;
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly default?: string; readonly required?: boolean }>
  >;
}

export async function readTexts(path: string): Promise<VerbTexts> {
  // The file is ours, and a contract test holds its form.
  const texts = parse(await readFile(path, 'utf8')) as VerbTexts;
  const inputs = Object.entries(texts.inputs).map(([name, input]) => {
    // What only a workflow can evaluate is no default anywhere else.
    const { default: given, ...rest } = input;
    return [name, given?.startsWith('${{') ? rest : input];
  });
  return { ...texts, inputs: Object.fromEntries(inputs) };
}
