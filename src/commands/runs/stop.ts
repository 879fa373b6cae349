import { text } from '../../inputs.ts';
import { count } from '../../report/format.ts';
import { commandFor } from '../../runs/command-for.ts';
import { readRounds } from '../../runs/history.ts';
import { openLedger } from '../../runs/ledger.ts';
import { isSettled } from '../../runs/standing.ts';
import { stopRun } from '../../runs/stop-run.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import { describeEnd } from './idle.ts';
import { requireRun } from './require-run.ts';
import { chooseRun, openSession, sessionInputs } from './session.ts';

/** Terminates every job of a run that has not ended; whoever drives the run submits no other. A watch afterwards says what is missing. */
export const stopCommand = defineCommand({
  name: 'stop',
  inputs: { ...sessionInputs, run: text, reason: text },
  run: async (inputs, ports): Promise<CommandResult> => {
    const { store, environment, ports: own } = await openSession(inputs, ports);
    const ledger = openLedger(chooseRun(inputs.run, ports, environment, false), store);
    const { run, plan, summary } = await requireRun(ledger, environment);
    // A stop that is written now would be told as how it ended.
    if (await isSettled({ run, plan, summary }, ledger, { clock: ports.clock, ...ports.process })) {
      const end = describeEnd(await readRounds(plan, ledger));
      return {
        exitCode: 0,
        outputs: { run, stopped: '0' },
        report: [{ type: 'paragraph', content: `Run ${run} ${end}: nothing is left to terminate.` }],
        json: { run, stopped: [], refused: [], unknown: [] },
      };
    }
    const reason = inputs.reason ?? `run ${run} was stopped by hand`;
    const { stopped, refused, unknown } = await stopRun(plan, ledger, reason, own);
    const left = [...refused, ...unknown];
    return {
      exitCode: left.length > 0 ? 1 : 0,
      failure: left.length > 0 ? `these jobs may still be running: ${left.join(', ')}` : undefined,
      outputs: { run, stopped: String(stopped.length) },
      report: [
        {
          type: 'paragraph',
          content: `${count(stopped.length, 'job')} of run ${run} ${stopped.length === 1 ? 'was' : 'were'} terminated. See what is missing with ${commandFor('watch', plan)}.`,
        },
      ],
      json: { run, stopped, refused, unknown },
    };
  },
});
