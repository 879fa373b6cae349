/** Containers of the tour: the first word of the command says what becomes of them. */
import type { ContainerOutcome, ContainerRequest, Engine } from '../../../src/local/engines/model.ts';

const outcomes: Readonly<Record<string, (argument: string) => ContainerOutcome>> = {
  succeed: () => ({ kind: 'exited', exitCode: 0 }),
  fail: code => ({ kind: 'exited', exitCode: Number(code) }),
  'out-of-memory': () => ({
    kind: 'exited',
    exitCode: 137,
    reason: 'OutOfMemoryError: Container killed due to memory usage',
  }),
  unpullable: image => ({ kind: 'not-started', reason: `CannotPullContainerError: ${image}: not found` }),
  'lose-host': () => ({ kind: 'host-lost', statusReason: 'Host EC2 (instance i-1) terminated.' }),
};

/** `hold` runs until it is stopped; `fail-index N CODE` fails as that child alone; anything else is said to the log. */
export const tourEngine: Engine = {
  name: 'simulated',
  caveats: ['its containers only pretend'],
  concurrency: 100,
  run(request) {
    let stop: (outcome: ContainerOutcome) => void = () => undefined;
    const stopped = new Promise<ContainerOutcome>(resolve => {
      stop = resolve;
    });
    const outcome = outcomeOf(request);
    return {
      started: Promise.resolve(),
      ended: outcome ? Promise.resolve(outcome) : stopped,
      stop: () => stop({ kind: 'exited', exitCode: 143 }),
    };
  },
  close: () => Promise.resolve(),
};

function outcomeOf({ command = [], environment, onLog }: ContainerRequest): ContainerOutcome | undefined {
  const [what = 'succeed', argument = '', code = ''] = command;
  if (what === 'hold') return undefined;
  if (what === 'fail-index') {
    return { kind: 'exited', exitCode: environment['AWS_BATCH_JOB_ARRAY_INDEX'] === argument ? Number(code) : 0 };
  }
  const known = outcomes[what]?.(argument);
  if (known) return known;
  onLog(command.join(' '), Date.now());
  onLog(`attempt ${environment['AWS_BATCH_JOB_ATTEMPT']}`, Date.now());
  return { kind: 'exited', exitCode: 0 };
}
