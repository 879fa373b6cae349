/** Runs one event through act, as GitHub would, with nothing of this machine's own settings. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOKEN } from './github.ts';
import { type Annotation, describeLog, type LogLine, parseLogLine, readAnnotations, readSummary } from './log.ts';

const STAND_INS = fileURLToPath(new URL('stand-ins', import.meta.url));

export interface WorkflowRun {
  readonly act: string;
  readonly repository: string;
  /** The folder that stands for batchwright/batchwright@v1. */
  readonly toolkit: string;
  readonly foreignActions: readonly string[];
  readonly event: string;
  /** `github.event`. */
  readonly payload?: unknown;
  readonly ref: string;
  readonly workflow: string;
  /** Shell scripts in place of programs that a runner has. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  /** For steps, as the runner's machine has it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called with the log so far, and a way to cancel the run as a person does on GitHub's page. */
  readonly onLine?: (line: LogLine, cancel: () => void) => void;
}

export interface WorkflowResult {
  readonly exitCode: number | null;
  /** As GitHub's page shows it, top to bottom. */
  readonly log: string;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  /** What stand-ins wrote down, by name. */
  readonly record: (name: string) => string;
}

export async function runWorkflow(run: WorkflowRun): Promise<WorkflowResult> {
  const folder = mkdtempSync(join(tmpdir(), 'batchwright-run-'));
  const records = join(folder, 'records');
  mkdirSync(records);
  writeFileSync(join(folder, 'event.json'), JSON.stringify(run.payload ?? {}));
  try {
    const child = spawn(run.act, arguments_(run, folder), {
      cwd: run.repository,
      env: {
        PATH: createPath(folder, run.programs),
        HOME: folder,
        XDG_CACHE_HOME: join(folder, 'cache'),
        ...git(folder),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines = await readLines(child, run.onLine);
    const written = readdirSync(records, { withFileTypes: true }).filter(entry => entry.isFile());
    const kept = new Map(written.map(({ name }) => [name, readFileSync(join(records, name), 'utf8')]));
    return {
      exitCode: child.exitCode,
      log: describeLog(lines),
      summary: readSummary(lines),
      annotations: readAnnotations(lines),
      record: name => kept.get(name) ?? '',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function arguments_(run: WorkflowRun, folder: string): string[] {
  const { event, workflow, toolkit, foreignActions, variables, environment, ref } = run;
  const steps = {
    PIPELINES_REPOSITORY: run.repository,
    PIPELINES_RECORDS: join(folder, 'records'),
    GITHUB_REF: ref,
    GITHUB_RUN_ID: '4711',
    ...environment,
  };
  return [
    ...[event, '--workflows', `.github/workflows/${workflow}.yml`, '--eventpath', join(folder, 'event.json')],
    ...['--platform', 'ubuntu-24.04=-self-hosted', '--json', '--no-skip-checkout', '--no-cache-server', '--rm'],
    ...['--actor', 'octocat', '--env-file', '/dev/null', '--var-file', '/dev/null', '--secret-file', '/dev/null'],
    ...['--local-repository', `batchwright/batchwright@v1=${toolkit}`, '--secret', `GITHUB_TOKEN=${TOKEN}`],
    ...foreignActions.flatMap(uses => [
      '--local-repository',
      `${uses}=${join(STAND_INS, basename(uses.split('@')[0] ?? ''))}`,
    ]),
    ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
    ...Object.entries(steps).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
  ];
}

/** This Node for node24 actions and for the children of array jobs; neither Docker nor the AWS CLI. */
function createPath(folder: string, scripts: WorkflowRun['programs'] = {}): string {
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  symlinkSync(process.execPath, join(programs, 'node'));
  for (const [name, text] of Object.entries(scripts))
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}`, { mode: 0o755 });
  return `${programs}:/usr/bin:/bin`;
}

function git(folder: string): Record<string, string> {
  return {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  };
}

function readLines(child: ChildProcess, onLine: WorkflowRun['onLine']): Promise<LogLine[]> {
  return new Promise((resolve, reject) => {
    const lines: LogLine[] = [];
    let rest = '';
    const read = (chunk: unknown) => {
      const parts = `${rest}${String(chunk)}`.split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const line = parseLogLine(part);
        lines.push(line);
        onLine?.(line, () => child.kill('SIGINT'));
      }
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', reject);
    child.on('close', () => resolve(lines));
  });
}
