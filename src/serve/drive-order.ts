/** What a server was asked to do with a run, done under the lease. */
import { type DriveRequest, driveRun } from '../runs/drive.ts';
import { readRounds } from '../runs/history.ts';
import { type Lease, takeLease } from '../runs/lease.ts';
import type { Ledger } from '../runs/ledger.ts';
import type { Order } from '../runs/model.ts';
import type { RunPorts } from '../runs/ports.ts';
import { type RunSummary, summarizeRun } from '../runs/summary.ts';
import type { ServerContext } from './model.ts';
import { beginRetry } from './order-retry.ts';

/**
 * Drives until the order is done, and closes it; one that came meanwhile is done too. Gives the last summary, undefined when there was
 * nothing to do. Throws LeaseTakenError at once when somebody else drives the run, CancelledError when the signal came, and what
 * driveRun throws: the order stays open then, and whoever comes next goes on.
 */
export async function driveOrder(
  ledger: Ledger,
  server: ServerContext,
  ports: RunPorts,
): Promise<RunSummary | undefined> {
  // A look first: the lease of a run that nobody has to drive is not to be written.
  if (!(await ledger.readOrder())?.order.open) return undefined;
  const lease = await takeLease(ledger, { ...ports, holder: server.holder, isAlive: server.isAlive }, 0);
  try {
    return await driveLeased(ledger, lease, server, ports);
  } finally {
    // Best effort: a lease that is not given back ends by itself.
    await lease.release().catch(() => undefined);
  }
}

async function driveLeased(
  ledger: Ledger,
  lease: Lease,
  { pauses, detail }: ServerContext,
  ports: RunPorts,
): Promise<RunSummary | undefined> {
  let summary: RunSummary | undefined;
  for (;;) {
    const [found, plan] = [await ledger.readOrder(), await ledger.readPlan()];
    if (!found?.order.open || !plan) return summary;
    const { order, version } = found;
    if (order.retry?.more !== undefined) {
      // Written down, so that whoever goes on with it allows no more than was asked for.
      const retry = beginRetry(order.retry, (await readRounds(plan, ledger)).length - 1);
      await ledger.writeOrder({ ...order, retry }, version);
      continue;
    }
    const result = await driveRun({ plan, until: 'settled', pauses, ...applyOrder(order) }, ledger, lease, ports);
    summary = await summarizeRun(plan, result, detail, ledger, ports);
    await ledger.writeOrder({ ...order, open: false }, version);
  }
}

function applyOrder({ retry }: Order): Pick<DriveRequest, 'more' | 'despiteStop'> {
  if (!retry) return {};
  const { from = 0, rounds = 0, classes, despiteStop } = retry;
  return { more: { from, rounds, classes }, despiteStop };
}
