/** A configuration that is there already and stays, and what becomes of a starter beside it. */
import { parseConfig } from '../config/parse-config.ts';
import type { FilesPort } from '../ports.ts';
import type { NewFile } from './model.ts';

/** What the configuration `text` reads beside itself, by path, as it is on disk. What is not there is left out. */
export async function readKept(
  path: string,
  text: string,
  files: Pick<FilesPort, 'exists' | 'readText' | 'walk'>,
): Promise<ReadonlyMap<string, string>> {
  const { families, partials } = parseConfig({ path, text });
  const texts = new Map<string, string>();
  for (const { template } of families)
    if (await files.exists(template)) texts.set(template, await files.readText(template));
  if (partials === undefined || !(await files.exists(partials))) return texts;
  for await (const { path: name, type } of files.walk(partials)) {
    if (type !== 'file' || !name.endsWith('.hbs')) continue;
    texts.set(`${partials}/${name}`, await files.readText(`${partials}/${name}`));
  }
  return texts;
}

/** Of a starter, what the configuration `text` has a use for: a template that it names, and then the partials too. */
export function dropUnused(starter: readonly NewFile[], path: string, text: string): readonly NewFile[] {
  const { families } = parseConfig({ path, text });
  const named = new Set(families.map(({ template }) => template));
  if (starter.some(file => named.has(file.path))) return starter;
  return starter.filter(file => file.path === path);
}
