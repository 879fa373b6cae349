/** `batchwright run` as a process, over a road on which it is killed and then started again, until it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LocalDay } from '../../../bench/runs/local-day.ts';
import { openRoad, type Road } from './deadly-road.ts';

const DRIVER = fileURLToPath(new URL('./driver.ts', import.meta.url));
const ARGUMENTS = ['--environment', 'test', '--manifest', 'accounts.ndjson', '--run', 'daily', '--max-failed', '100%'];
/** What a process does between two steps takes a millisecond or a second: its kills come at any time of that. Milliseconds. */
const LONGEST_DELAY = 1500;

const PHASES = ['plan', 'submit', 'watch', 'retry', 'report'] as const;
type Phase = (typeof PHASES)[number];

export interface Chase {
  /** Steps that the run took: what it wrote and submitted, each once. */
  readonly steps: ReadonlySet<string>;
  /** By what the run was at. */
  readonly kills: Readonly<Record<Phase, number>>;
}

/**
 * Runs it in `folder` and kills it so many times, or less often when it ends before, at points that are spread over its phases, and in
 * each over the `steps` that it takes: before a step, after it and before its answer, or some time later, whatever it does then.
 */
export async function chaseRun(
  folder: string,
  day: LocalDay,
  {
    kills,
    steps,
    random,
  }: { readonly kills: number; readonly steps: readonly string[]; readonly random: () => number },
): Promise<Chase> {
  const road = await openRoad(day.url);
  const taken = new Set<string>();
  const killed: Record<Phase, number> = { plan: 0, submit: 0, watch: 0, retry: 0, report: 0 };
  let last: Phase = 'plan';
  const points = Array.from({ length: kills }, () => choosePoint(steps, random)).sort((a, b) => a - b);
  const note = (step: string) => {
    taken.add(step);
    last = phaseOf(step);
  };
  try {
    for (const point of points) {
      const life = begin(folder, day, road);
      const aim = { at: point, how: random(), delay: LONGEST_DELAY ** random() };
      await killOnce(life, road, aim, taken, note);
      const { signal, exitCode, stderr } = await life.ended;
      if (signal === 'SIGKILL') killed[last] += 1;
      else if (exitCode !== 0) throw new Error(`a process ended with ${exitCode}:\n${stderr()}`);
      else break;
    }
    road.meet = async step => {
      note(step);
      return 'pass';
    };
    const { exitCode, stderr } = await begin(folder, day, road).ended;
    if (exitCode !== 0) throw new Error(`the last process ended with ${exitCode}:\n${stderr()}`);
    return { steps: taken, kills: killed };
  } finally {
    await road.stop();
  }
}

/** The report has as many steps as all the rest: were every step as likely, most deaths would be there. */
function choosePoint(steps: readonly string[], random: () => number): number {
  const phase = PHASES[Math.floor(random() * PHASES.length)];
  const own = [...steps.keys()].filter(at => phaseOf(steps[at] ?? '') === phase);
  return own[Math.floor(random() * own.length)] ?? 0;
}

interface Life {
  readonly child: ChildProcess;
  readonly ended: Promise<{ signal: NodeJS.Signals | null; exitCode: number | null; stderr: () => string }>;
}

function begin(folder: string, { environment }: LocalDay, { url }: Road): Life {
  const child = spawn(process.execPath, [DRIVER, 'run', ...ARGUMENTS, '--report-folder', 'report'], {
    cwd: folder,
    env: { ...environment, AWS_ENDPOINT_URL: url },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    said += text;
  });
  const ended = once(child, 'close').then(([exitCode, signal]) => ({ exitCode, signal, stderr: () => said }));
  return { child, ended };
}

/** Lets it live until it has been killed, or has ended before. */
async function killOnce(
  { child, ended }: Life,
  road: Road,
  { at, how, delay }: { readonly at: number; readonly how: number; readonly delay: number },
  taken: ReadonlySet<string>,
  note: (step: string) => void,
): Promise<void> {
  const kill = async () => {
    child.kill('SIGKILL');
    // Only when it is gone may the call go on: before that it might hear of it.
    await ended;
  };
  const later = new AbortController();
  const killLater = () => void setTimeout(delay, undefined, { signal: later.signal }).then(kill, () => undefined);
  let due = false;
  road.meet = async step => {
    if (due || taken.has(step) || taken.size < at) {
      note(step);
      return 'pass';
    }
    due = true;
    if (how < 0.35) {
      await kill();
      return 'drop';
    }
    note(step);
    if (how < 0.7) return kill;
    killLater();
    return 'pass';
  };
  // Some are killed while they only find out where the run stands.
  if (how > 0.9) killLater();
  await ended;
  later.abort();
}

function phaseOf(step: string): Phase {
  if (/\/(children|failures\.ndjson|summary\.json|ended\.json)/.test(step)) return 'report';
  if (/\/rounds\/|\/[1-9]-|-daily-[1-9]-/.test(step)) return 'retry';
  if (/\/ended\//.test(step)) return 'watch';
  return /\/shards\/|SubmitJob/.test(step) ? 'submit' : 'plan';
}
