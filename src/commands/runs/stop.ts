import { ConfigurationError } from '../../errors.ts';
import { text } from '../../inputs.ts';
import { openLedger } from '../../runs/ledger.ts';
import { stopRun } from '../../runs/stop-run.ts';
import { defineCommand } from '../command.ts';
import { chooseRun, openSession, sessionInputs } from './session.ts';

/** Terminates every job of a run that has not ended; whoever drives the run submits no other. A watch afterwards says what is missing. */
export const stopCommand = defineCommand({
  name: 'stop',
  inputs: { ...sessionInputs, run: text, reason: text },
  run: async (inputs, ports) => {
    const { store, ports: own } = await openSession(inputs, ports);
    const ledger = openLedger(chooseRun(inputs.run, ports, false), store);
    const plan = await ledger.readPlan();
    if (!plan) throw new ConfigurationError(`the ledger has no run ${ledger.run} (${ledger.uri})`);
    const reason = inputs.reason ?? `run ${ledger.run} was stopped by hand`;
    const { stopped, refused, unknown } = await stopRun(plan, ledger, reason, own);
    const left = [...refused, ...unknown];
    return {
      exitCode: left.length > 0 ? 1 : 0,
      failure: left.length > 0 ? `these jobs may still be running: ${left.join(', ')}` : undefined,
      outputs: { run: ledger.run, stopped: String(stopped.length) },
      report: [
        {
          type: 'paragraph',
          content: `${stopped.length} jobs of run ${ledger.run} were terminated. See what is missing with batchwright watch --run ${ledger.run}.`,
        },
      ],
      json: { run: ledger.run, stopped, refused, unknown },
    };
  },
});
