/** What the cost of a run is worth: a lower bound, at which prices, and what it leaves out. */
import { formatAmount } from '../format-amount.ts';
import type { Account } from '../runs/account.ts';
import type { RunSummary } from '../runs/summary.ts';
import type { Block } from './document.ts';
import { formatTime } from './format.ts';

type Priced = Pick<RunSummary, 'currency' | 'pricing'>;

export function reportBound(account: Account, priced: Priced): Block[] {
  return [{ type: 'paragraph', content: describeBound(account, priced) }, ...listPrices(priced)];
}

/** A figure without its limits would be taken for the bill. */
function describeBound({ total, detail }: Account, { currency, pricing }: Priced): string {
  const waste =
    total.wastedBySpot + total.wastedByFailure > 0
      ? ` Of it ${formatAmount(total.wastedBySpot)} went to attempts that lost their instance and ${formatAmount(total.wastedByFailure)} to those that failed.`
      : '';
  const attempts = detail === 'listed' ? ' earlier attempts of children that Batch retried,' : '';
  const left = `It leaves out${attempts} starting and pulling, idle parts of instances, scaling up and down, storage, network and logs.`;
  if (total.cost === 0)
    return `Hours are of what the definitions ask for, from start to stop. ${left}${pricing ? '' : ' Set runs.prices to see a cost.'}`;
  const prices = pricing
    ? `the prices of ${formatTime(Date.parse(pricing.askedAt))} where none is configured`
    : 'the configured prices';
  return `The cost is a lower bound, at ${prices}: ${formatAmount(total.cost)} ${currency}.${waste} ${left}`;
}

/** Where looked-up prices are from: the same sentence only once, for all that it is true of. */
function listPrices({ currency, pricing }: Priced): Block[] {
  if (!pricing) return [];
  const quotes = Map.groupBy(pricing.quotes, ({ vcpuHour, gibHour, basis }) => {
    const hour = `${formatAmount(vcpuHour, 5)} ${currency} a vCPU-hour and ${formatAmount(gibHour, 5)} a GiB-hour`;
    return `${hour}: ${basis}.`;
  });
  const items = [...quotes].map(([sentence, own]) => {
    const whose = own.map(({ region, priority, tiers }) => `priority ${priority} in ${region} (${tiers.join(', ')})`);
    return `${whose.join(', ')}: ${sentence}`;
  });
  return [{ type: 'list', items: [...items, ...pricing.missing] }];
}
