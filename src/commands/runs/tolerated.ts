import { ConfigurationError } from '../../errors.ts';

/** How many of so many may fail without the step failing. */
export type Tolerated = (total: number) => number;

/** Throws ConfigurationError for what is neither a number nor a percentage. */
export function parseTolerated(given: string | undefined): Tolerated {
  if (given === undefined) return () => 0;
  const [, number, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(given) ?? [];
  if (number === undefined || (!percent && !Number.isInteger(Number(number)))) {
    throw new ConfigurationError(
      `input "max-failed" must be a whole number or a percentage such as 0.5%, not "${given}"`,
    );
  }
  return total => (percent ? (total * Number(number)) / 100 : Number(number));
}
