/** The adapter against the fake GitHub, on one clock that both live by. */
import { createGitHub } from '../../../src/adapters/github/github.ts';
import type { ToolkitEvent } from '../../../src/events.ts';
import type { GitHubPort } from '../../../src/ports.ts';
import { type FakeGitHub, type FakeGitHubOptions, startFakeGitHub } from '../../github/fake-github.ts';
import { ManualClock } from '../../jobs/manual-clock.ts';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

export interface GitHubWorld {
  readonly fake: FakeGitHub;
  readonly github: GitHubPort;
  readonly clock: ManualClock;
  readonly events: ToolkitEvent[];
  /** What was told, without debugging. */
  told(): string[];
}

export interface WorldOptions extends FakeGitHubOptions {
  readonly timeoutMilliseconds?: number;
  readonly signal?: AbortSignal;
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startWorld(options: WorldOptions = {}): Promise<GitHubWorld> {
  const clock = new ManualClock();
  clock.time = Date.UTC(2026, 2, 1);
  const fake = await startFakeGitHub({ now: () => clock.now(), ...options });
  const events: ToolkitEvent[] = [];
  const github = createGitHub({
    environment: { ...fake.environment(), ...options.environment },
    clock,
    notify: event => events.push(event),
    signal: options.signal ?? new AbortController().signal,
    timeoutMilliseconds: options.timeoutMilliseconds,
  });
  const told = () => events.flatMap(event => (event.type === 'message' && event.level !== 'debug' ? [event.text] : []));
  return { fake, github, clock, events, told };
}
