import { RemoteError } from '../errors.ts';

/** Throws one RemoteError when an image did not get into every region: which have it, and which lack it and why. */
export function requireEverywhere(
  outcomes: readonly { readonly region: string; readonly error?: unknown }[],
  reference: string,
): void {
  const failed = outcomes.filter(({ error }) => error !== undefined);
  const [first] = failed;
  if (!first) return;
  const well = outcomes.filter(({ error }) => error === undefined);
  const has = well.length === 0 ? 'No region has it' : `It is in ${listRegions(well)}`;
  const lacks = failed.map(({ region, error }) => `${region} (${messageOf(error)})`).join('; ');
  const remedy = 'Run it again when that is mended: only what is missing is sent.';
  const failure = { doing: `Putting ${reference} into every region`, operation: 'copy image', remedy };
  throw new RemoteError(
    { ...failure, target: listRegions(failed) },
    new Error(`${has}, and not in ${lacks}`, { cause: first.error }),
  );
}

function listRegions(outcomes: readonly { readonly region: string }[]): string {
  return outcomes.map(({ region }) => region).join(', ');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
