/** What somebody can paste, wherever a configuration has more than one environment. */
export function commandFor(
  verb: string,
  { run, environment }: { readonly run?: string | undefined; readonly environment: string },
  ...flags: readonly string[]
): string {
  const words = ['batchwright', verb, ...(run === undefined ? [] : ['--run', run]), '--environment', environment];
  return [...words, ...flags].join(' ');
}
