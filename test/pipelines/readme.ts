import { readPart } from './repository.ts';

/** The workflow of this name that README.md tells a team to copy. */
export function readCaller(name: string): string {
  const [, text] = new RegExp(`\`\`\`yaml\\n(name: ${name}\\n[\\s\\S]*?)\`\`\``).exec(readPart('README.md')) ?? [];
  if (text === undefined) throw new Error(`README.md shows no workflow ${name}`);
  return text;
}
