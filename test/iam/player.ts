/** Runs verbs of the command line in this process, each with its calls recorded. */
import { run } from '../../src/cli/run.ts';
import type { Clock } from '../../src/ports.ts';
import { outsideGit } from '../cli/outside-git.ts';
import type { Recorder } from './recorded-aws.ts';

export interface Player {
  readonly clock: Clock;
  /** `smoke-test +record` is noted under that name, and run without it. Throws when it ends with another exit code. */
  verb(exitCode: number, name: string, ...flags: string[]): Promise<void>;
}

export function createPlayer(recorder: Recorder): Player {
  const clock = createLeapingClock();
  const verb: Player['verb'] = async (exitCode, name, ...flags) => {
    const words = name.split(' ').filter(word => !word.startsWith('+'));
    let said = '';
    const stderr = (text: string) => {
      said += text;
    };
    const terminal = { stdout: () => undefined, stderr, colour: false, surroundings: { clock, command: outsideGit } };
    const actual = await recorder.during(name, () => run([...words, ...flags], terminal));
    if (actual !== exitCode) throw new Error(`${name} ${flags.join(' ')} ended with ${actual}\n${said}`);
  };
  return { clock, verb };
}

/** Leaps over every pause, but for a turn in which others work; who can be woken is waited for until something has come. */
function createLeapingClock() {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
      ahead += milliseconds;
      const turn = Promise.withResolvers<void>();
      const timer = setTimeout(turn.resolve, milliseconds < 20_000 ? 3 : 50);
      const wake = () => turn.reject(signal?.reason);
      signal?.addEventListener('abort', wake);
      await turn.promise.finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
      });
    },
  };
}
