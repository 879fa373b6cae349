/** Numbers that look random and are not: each depends on a text and a word alone. */

/** For each word a number from 0 (included) to 1. */
export type Draws = (what: string) => number;

export function createDraws(text: string): Draws {
  const start = absorb({ high: 0xdeadbeef, low: 0x41c6ce57 }, text);
  return what => {
    const { high, low } = absorb(start, what);
    const first = mix(high ^ (low >>> 15));
    const second = mix(low ^ (first >>> 13));
    return ((first & 0x1fffff) * 2 ** 32 + second) / 2 ** 53;
  };
}

/** Log-normal: half take less than the median; about two thirds lie between the median divided and multiplied by e^spread. */
export function drawLogNormal(median: number, spread: number, first: number, second: number): number {
  if (spread === 0) return median;
  // By Box and Muller.
  const normal = Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
  return median * Math.exp(spread * normal);
}

/** How long until the first of what comes so often in an hour on average. */
export function drawSecondsUntil(perHour: number, drawn: number): number {
  return perHour > 0 ? (-Math.log(1 - drawn) * 3600) / perHour : Number.POSITIVE_INFINITY;
}

function absorb({ high, low }: { high: number; low: number }, text: string): { high: number; low: number } {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 0x9e3779b1);
    low = Math.imul(low ^ code, 0x5f356495);
  }
  return { high, low };
}

/** murmur3's finaliser: every bit of the input changes half of those that come out. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
