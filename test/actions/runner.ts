/** Runs a committed bundle exactly as GitHub's runner does: inputs as `INPUT_*`, files for outputs and summary, Node 24. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface StepResult {
  readonly exitCode: number | null;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What the steps after it find in their environment. */
  readonly exported: Readonly<Record<string, string>>;
}

export interface Step {
  readonly action: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Where the step runs, as after actions/checkout. */
  readonly workspace: string;
  /** Called with what the step has printed so far, and a way to cancel it as the runner does. */
  readonly onOutput?: (log: string, cancel: () => void) => void;
}

export async function runStep({ action, inputs, environment, workspace, onOutput }: Step): Promise<StepResult> {
  const folder = await mkdtemp(join(tmpdir(), 'batchwright-step-'));
  const [output, summary, exported] = [join(folder, 'output'), join(folder, 'summary'), join(folder, 'env')];
  await Promise.all([output, summary, exported].map(path => writeFile(path, '')));
  const given = Object.entries({ ...(await readDefaults(action)), ...inputs });
  const variables = given.map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]);
  const stub = join(ROOT, 'dist', `${action}.js`);
  try {
    const { exitCode, log } = await run(stub, {
      cwd: workspace,
      env: {
        ...environment,
        ...Object.fromEntries(variables),
        PATH: process.env['PATH'],
        GITHUB_ACTIONS: 'true',
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_ENV: exported,
        RUNNER_TEMP: folder,
      },
      onOutput,
    });
    return {
      exitCode,
      log,
      outputs: parseOutputs(await readFile(output, 'utf8')),
      summary: await readFile(summary, 'utf8'),
      exported: parseOutputs(await readFile(exported, 'utf8')),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The runner gives every input that action.yml names, with its default or empty. */
async function readDefaults(action: string): Promise<Record<string, string>> {
  const { inputs } = parse(await readFile(join(ROOT, 'actions', action, 'action.yml'), 'utf8')) as {
    inputs: Record<string, { default?: string }>;
  };
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.default ?? '']));
}

function run(
  stub: string,
  options: { cwd: string; env: NodeJS.ProcessEnv; onOutput: Step['onOutput'] },
): Promise<{ exitCode: number | null; log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [stub], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    const append = (chunk: Buffer) => {
      log += String(chunk);
      options.onOutput?.(log, () => child.kill('SIGINT'));
    };
    child.stdout.on('data', append);
    child.stderr.on('data', append);
    child.on('error', reject);
    child.on('close', exitCode => resolve({ exitCode, log }));
  });
}

/** `name<<delimiter`, lines, `delimiter`: the form of GITHUB_OUTPUT and GITHUB_ENV. */
function parseOutputs(text: string): Record<string, string> {
  const outputs = text.matchAll(/^(?<name>[^\n<]+)<<(?<end>\S+)\n(?<value>[\s\S]*?)\n\k<end>$/gm);
  return Object.fromEntries([...outputs].map(({ groups }) => [groups?.['name'] ?? '', groups?.['value'] ?? '']));
}
