/** `50,000`: digits in groups of three, whatever the machine's language. */
export function formatCount(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}
