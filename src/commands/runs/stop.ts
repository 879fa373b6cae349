import { ConfigurationError } from '../../errors.ts';
import { text } from '../../inputs.ts';
import { terminateJob } from '../../jobs/terminate.ts';
import { readRounds } from '../../runs/history.ts';
import { openLedger } from '../../runs/ledger.ts';
import { defineCommand } from '../command.ts';
import { chooseRun, openSession, sessionInputs } from './session.ts';

/** Terminates every job of a run that has not ended. What was built stays; a watch afterwards says what is missing. */
export const stopCommand = defineCommand({
  name: 'stop',
  inputs: { ...sessionInputs, run: text, reason: text },
  run: async (inputs, ports) => {
    const { store, ports: own } = await openSession(inputs, ports);
    const ledger = openLedger(chooseRun(inputs.run, ports, false), store);
    const plan = await ledger.readPlan();
    if (!plan) throw new ConfigurationError(`the ledger has no run ${ledger.run} (${ledger.uri})`);
    const stopped: string[] = [];
    const refused: string[] = [];
    for (const { shards, ended } of await readRounds(plan, ledger)) {
      const over = new Set(ended.map(({ shard }) => shard.id));
      for (const shard of shards.filter(({ id }) => !over.has(id))) {
        const submission = await ledger.readSubmission(shard);
        if (submission?.state !== 'submitted') continue;
        const job = { ...shard, jobId: submission.jobId, reconciled: false };
        const taken = await terminateJob(job, inputs.reason ?? `run ${ledger.run} was stopped by hand`, own);
        (taken ? stopped : refused).push(submission.jobId);
      }
    }
    return {
      exitCode: refused.length > 0 ? 1 : 0,
      failure: refused.length > 0 ? `these jobs may still be running: ${refused.join(', ')}` : undefined,
      outputs: { run: ledger.run, stopped: String(stopped.length) },
      report: [
        {
          type: 'paragraph',
          content: `${stopped.length} jobs of run ${ledger.run} were terminated. See what is missing with batchwright watch --run ${ledger.run}.`,
        },
      ],
      json: { run: ledger.run, stopped, refused },
    };
  },
});
