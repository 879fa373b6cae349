import { posix } from 'node:path';
import { readAccount } from '../account.ts';
import { ConfigurationError } from '../errors.ts';
import { checkFiles } from '../init/check.ts';
import { FALLBACK_ENVIRONMENT, importFiles } from '../init/import-files.ts';
import { dropUnused, readKept } from '../init/kept.ts';
import type { Given, Imported, NewFile } from '../init/model.ts';
import { listNeeded } from '../init/needed.ts';
import { readDefinitionFile } from '../init/read-file.ts';
import { parseLiveName, readLive } from '../init/read-live.ts';
import { type Repository, readRepository } from '../init/repository.ts';
import { STARTERS, starterFiles } from '../init/starter.ts';
import { listUnbuilt } from '../init/unbuilt.ts';
import { workflowFiles } from '../init/workflows.ts';
import { type WritePorts, writeFiles } from '../init/write-files.ts';
import { flag, type InputValues, lines, list, oneOf, text } from '../inputs.ts';
import type { FilesPort } from '../ports.ts';
import { reportInit } from '../report/init.ts';
import { type CommandResult, defineCommand, type Ports } from './command.ts';
import { PLACEHOLDER_DIGEST, releaseOfCommit } from './image-reference.ts';
import { lintStep } from './lint-step.ts';

const inputs = {
  config: text,
  'from-live': list,
  'from-file': list,
  set: lines,
  region: list,
  environment: text,
  account: text,
  project: text,
  template: oneOf(...STARTERS),
  'job-queue': text,
  workflows: flag,
  force: flag,
};
type Inputs = InputValues<typeof inputs>;

/** What this verb alone may touch: the starters that it copies, and files that it takes away again. */
export interface InitPorts {
  /** The folder `templates/` of this toolkit. */
  readonly starters: FilesPort;
  readonly removeFile: WritePorts['removeFile'];
}

interface Made {
  readonly files: readonly NewFile[];
  readonly open: readonly Given[];
}

/** Writes what a repository needs to be deployed: from a starter, from what is live, or from files that are there. */
export function createInitCommand(own: InitPorts) {
  return defineCommand({
    name: 'init',
    inputs,
    run: async (given, ports): Promise<CommandResult> => {
      const path = given.config ?? 'batchwright.yml';
      const repository = await readRepository(ports.command, ports.files);
      const known = { ...repository, project: given.project ?? repository.project };
      const isImport = given['from-live'].length + given['from-file'].length > 0;
      if (isImport) await refuseExisting(path, given.force, ports);
      const made = isImport
        ? await importDefinitions(given, known, path, ports)
        : await makeStarter(given, known, path, own, ports);
      const kept = !given.force && (await ports.files.exists(path)) ? await ports.files.readText(path) : undefined;
      const files = kept === undefined ? made.files : dropUnused(made.files, path, kept);
      const checked = await check(files, path, kept, given.force, ports);
      const environments = [...new Set(checked.config.targets.map(({ environment }) => environment))];
      const workflows = given.workflows
        ? await workflowFiles(own.starters, { config: path, environments })
        : { files: [], remarks: [] };
      const all = [...files, ...workflows.files];
      const written = await writeFiles(all, given.force, { ...ports, ...own });
      ports.notify({ type: 'step', title: 'Lint what was written' });
      const findings = lintStep(checked.definitions, checked.config, ports.notify);
      const open = made.open.map(({ setting, value, note = '' }) => ({ setting, value, note }));
      const isLive = given['from-live'].length > 0;
      const left = kept === undefined ? [] : [`${path} is there already and was left alone; --force overwrites it.`];
      const remarks = [...left, ...workflows.remarks];
      const targets = checked.config.targets.map(checked.config.resolveTarget);
      const unbuilt = await listUnbuilt(targets, ports);
      const needed = [...unbuilt, ...listNeeded(targets, given.workflows)];
      const { definitions } = checked;
      return {
        // Also when lint finds errors: an import is to be completed, and they are listed.
        exitCode: 0,
        outputs: {},
        report: reportInit({ written, definitions, findings, open, remarks, needed, config: path, isLive }),
        json: { files: written, findings, open, remarks, needed },
      };
    },
  });
}

/** A configuration of something else beside a new template would be neither. */
async function refuseExisting(path: string, force: boolean, { files }: Ports): Promise<void> {
  if (force || !(await files.exists(path))) return;
  throw new ConfigurationError({
    message: `${path} is there already`,
    remedy: 'Write another one with --config, or overwrite it, and the templates beside it, with --force.',
  });
}

async function importDefinitions(
  given: Inputs,
  { project, dockerfile }: Repository,
  config: string,
  ports: Ports,
): Promise<Made> {
  const { environment, region } = given;
  const isLive = given['from-live'].length > 0;
  if (isLive && given['from-file'].length > 0) {
    throw new ConfigurationError(
      '--from-live and --from-file cannot be given together: import one, and then the other with another --config',
    );
  }
  ports.notify({ type: 'step', title: isLive ? 'Read what is live' : 'Read the files' });
  const imports = isLive
    ? await readLive(given['from-live'].map(parseLiveName), region, ports)
    : await readDefinitionFiles(given, ports);
  const regions = isLive || region.length === 0 ? undefined : region;
  const jobQueue = given['job-queue'];
  return importFiles(
    { imports, config, project, dockerfile: fromFolder(config, dockerfile), environment, regions, jobQueue },
    ports,
  );
}

async function readDefinitionFiles(given: Inputs, ports: Ports) {
  const values = new Map(given.set.map(readSetInput));
  const account = await readAccountInput(given, ports);
  const environment = given.environment ?? FALLBACK_ENVIRONMENT;
  const read: Imported[] = [];
  for (const path of given['from-file']) {
    const request = {
      path,
      text: await ports.files.readText(path),
      values,
      environment,
      account,
      region: given.region[0],
    };
    read.push(...readDefinitionFile(request, ports.notify));
  }
  return read;
}

function readSetInput(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new ConfigurationError(`input "set" must be NAME=VALUE, not "${text}"`);
}

async function makeStarter(
  given: Inputs,
  repository: Repository,
  config: string,
  { starters }: InitPorts,
  ports: Ports,
): Promise<Made> {
  const files = await starterFiles(
    {
      ...repository,
      dockerfile: fromFolder(config, repository.dockerfile),
      config,
      template: given.template ?? 'ec2-spot',
      account: await readAccountInput(given, ports),
      regions: given.region,
      jobQueue: given['job-queue'],
    },
    starters,
  );
  return { files, open: [] };
}

/** Paths in the configuration start at its own folder. */
function fromFolder(config: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : posix.relative(posix.dirname(config), path);
}

async function readAccountInput({ account, region }: Inputs, { aws, signal }: Ports): Promise<string | undefined> {
  if (account === 'detect') return await readAccount(region[0] ?? 'us-east-1', aws, { abortSignal: signal });
  if (account === undefined || /^\d{12}$/.test(account)) return account;
  throw new ConfigurationError({ message: `input "account" must be twelve digits or detect, not "${account}"` });
}

/** As they will be: what is there and stays has its say. */
async function check(files: readonly NewFile[], path: string, kept: string | undefined, force: boolean, ports: Ports) {
  const texts = new Map(kept === undefined ? [] : await readKept(path, kept, ports.files));
  for (const { path: name, text: own } of files) {
    const stays = !force && (await ports.files.exists(name));
    texts.set(name, stays ? await ports.files.readText(name) : own);
  }
  const releaseOf = releaseOfCommit(PLACEHOLDER_DIGEST, await ports.readSourceRevision(), ports.registryHost);
  return checkFiles(texts, path, releaseOf, ports.environment);
}
