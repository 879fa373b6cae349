export interface Ticket {
  readonly id: string;
  readonly subject: string;
  readonly body: string;
  /** ISO 8601. */
  readonly created_at: string;
}

/** Account → how many tickets it has, and what its customers mostly write about. */
export const ACCOUNTS: Readonly<
  Record<string, { readonly customer: string; readonly tickets: number; readonly themes: readonly string[] }>
>;

/** One account's tickets, oldest first, the same for the same seed. `count` and `seed` replace the account's own. */
export function generateTickets(
  account: string | number,
  options?: { readonly count?: number; readonly seed?: number },
): Ticket[];

/** Tickets → NDJSON, the builder's input. */
export function describeTickets(tickets: readonly Ticket[]): string;
