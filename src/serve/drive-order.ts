/** What a server was asked to do with a run, done under the lease. */
import { type DriveRequest, driveRun } from '../runs/drive.ts';
import { type Lease, takeLease } from '../runs/lease.ts';
import type { Ledger } from '../runs/ledger.ts';
import type { Order } from '../runs/model.ts';
import type { RunPorts } from '../runs/ports.ts';
import { type RunSummary, summarizeRun } from '../runs/summary.ts';
import type { Office } from './model.ts';

/**
 * Drives until the order is done, and closes it; one that came meanwhile is done too. Gives the last summary, undefined when there was
 * nothing to do. Throws LeaseTakenError at once when somebody else drives the run, CancelledError when the signal came, and what
 * driveRun throws: the order stays open then, and whoever comes next goes on.
 */
export async function driveOrder(ledger: Ledger, office: Office, ports: RunPorts): Promise<RunSummary | undefined> {
  // A look first: the lease of a run that nobody has to drive is not to be written.
  if (!(await ledger.readOrder())?.order.open) return undefined;
  const lease = await takeLease(ledger, { ...ports, holder: office.holder, isAlive: office.isAlive }, 0);
  try {
    return await driveLeased(ledger, lease, office, ports);
  } finally {
    // Best effort: a lease that is not given back ends by itself.
    await lease.release().catch(() => undefined);
  }
}

async function driveLeased(
  ledger: Ledger,
  lease: Lease,
  { pauses, detail }: Office,
  ports: RunPorts,
): Promise<RunSummary | undefined> {
  let summary: RunSummary | undefined;
  for (;;) {
    const [found, plan] = [await ledger.readOrder(), await ledger.readPlan()];
    if (!found?.order.open || !plan) return summary;
    const request: DriveRequest = { plan, until: 'settled', pauses, ...applyOrder(found.order) };
    const result = await driveRun(request, ledger, lease, ports);
    summary = await summarizeRun(plan, result, detail, ledger, ports);
    await ledger.writeOrder({ ...found.order, open: false }, found.version);
  }
}

function applyOrder({ retry }: Order): Pick<DriveRequest, 'more' | 'despiteStop'> {
  return retry ? { more: retry, despiteStop: retry.despiteStop } : {};
}
