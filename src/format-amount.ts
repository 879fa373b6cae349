/** `12.30`, `0.34`, `0.0011`: so many decimals, or as many as it takes for two significant digits. */
export function formatAmount(value: number, decimals = 2): string {
  const needed = value > 0 ? 1 - Math.floor(Math.log10(value)) : 0;
  return value.toFixed(Math.min(Math.max(decimals, needed), 20));
}
