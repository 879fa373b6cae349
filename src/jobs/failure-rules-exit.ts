/** What is left when nobody gave a reason: the exit code. Above 128 it is a signal, by the shell's convention. */
import { describeExit, exitsWith, type FailureRule } from './failure-rule.ts';

export const EXIT_RULES: readonly FailureRule[] = [
  {
    id: '14',
    class: 'killed',
    retryable: false,
    advice:
      'Something killed the container (SIGKILL) and nobody said why. Often it is memory, but not always: compare its memory use with the tier before you enlarge it.',
    test: exitsWith(137),
  },
  {
    id: '23',
    class: 'command',
    retryable: false,
    advice:
      'Exit code 126 means that the command cannot be executed, 127 that it was not found. Check entrypoint and command of the image and the job definition.',
    test: exitsWith(126, 127),
  },
  {
    id: '24',
    class: 'crash',
    retryable: false,
    advice:
      'The program crashed in native code (segmentation fault, abort, or an instruction that the processor lacks). Look at native libraries and at whether it happens on one instance type only.',
    test: exitsWith(132, 134, 135, 136, 139),
  },
  {
    id: '25',
    class: 'sigterm',
    retryable: true,
    advice:
      'Something asked the container to stop (SIGTERM) and nobody said why: perhaps the instance was being drained. Try again.',
    test: exitsWith(143),
  },
  {
    id: '26',
    class: 'application',
    retryable: false,
    advice:
      'The program itself ended with an error. Its last log lines, and the input named on them, are where to look.',
    test: signals => (signals.exitCode !== undefined && signals.exitCode !== 0 ? describeExit(signals) : undefined),
  },
];
