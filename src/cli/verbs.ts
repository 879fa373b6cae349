/** Every verb of the command line: the command, and the YAML that holds its texts and defaults. */
import { fileURLToPath } from 'node:url';
import type { Command } from '../commands/command.ts';

export interface Verb {
  readonly load: () => Promise<Command>;
  /** An `action.yml`, or a file of the same form for verbs that are no action. */
  readonly texts: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A command is loaded only when it is run: `local` brings servers along that `lint` never needs. */
export const VERBS: Readonly<Record<string, Verb>> = {
  init: verb(async () => (await import('./init.ts')).initCommand, 'src/cli/verbs/init.yml'),
  'assume-role': verb(
    async () => (await import('../commands/assume-role.ts')).assumeRoleCommand,
    'actions/assume-role/action.yml',
  ),
  config: verb(async () => (await import('../commands/config.ts')).configCommand, 'src/cli/verbs/config.yml'),
  lint: verb(async () => (await import('../commands/render.ts')).lintCommand, 'src/cli/verbs/lint.yml'),
  render: verb(async () => (await import('../commands/render.ts')).renderCommand, 'actions/render/action.yml'),
  'build-push': verb(
    async () => (await import('../commands/build-push.ts')).buildPushCommand,
    'actions/build-push/action.yml',
  ),
  plan: verb(async () => (await import('../commands/plan.ts')).planCommand, 'actions/plan/action.yml'),
  verify: verb(async () => (await import('../commands/verify.ts')).verifyCommand, 'actions/verify/action.yml'),
  status: verb(async () => (await import('../commands/status.ts')).statusCommand, 'src/cli/verbs/status.yml'),
  drift: verb(async () => (await import('../commands/drift.ts')).driftCommand, 'src/cli/verbs/drift.yml'),
  register: verb(async () => (await import('../commands/register.ts')).registerCommand, 'actions/register/action.yml'),
  promote: verb(async () => (await import('../commands/promote.ts')).promoteCommand, 'actions/promote/action.yml'),
  rollback: verb(async () => (await import('../commands/rollback.ts')).rollbackCommand, 'actions/rollback/action.yml'),
  deregister: verb(
    async () => (await import('../commands/deregister.ts')).deregisterCommand,
    'actions/deregister/action.yml',
  ),
  'smoke-test': verb(
    async () => (await import('../commands/smoke-test.ts')).smokeTestCommand,
    'actions/smoke-test/action.yml',
  ),
  deployment: verb(
    async () => (await import('../commands/deployment.ts')).deploymentCommand,
    'actions/deployment/action.yml',
  ),
  run: verb(async () => (await import('../commands/runs/drive.ts')).runCommand, 'actions/run/action.yml'),
  submit: verb(async () => (await import('../commands/runs/drive.ts')).submitCommand, 'actions/submit/action.yml'),
  watch: verb(async () => (await import('../commands/runs/drive.ts')).watchCommand, 'actions/watch/action.yml'),
  retry: verb(async () => (await import('../commands/runs/drive.ts')).retryCommand, 'actions/retry/action.yml'),
  stop: verb(async () => (await import('../commands/runs/stop.ts')).stopCommand, 'src/cli/verbs/stop.yml'),
  'runs list': verb(
    async () => (await import('../commands/runs/list.ts')).runsListCommand,
    'src/cli/verbs/runs-list.yml',
  ),
  'runs show': verb(
    async () => (await import('../commands/runs/show.ts')).runsShowCommand,
    'src/cli/verbs/runs-show.yml',
  ),
  'runs find': verb(
    async () => (await import('../commands/runs/find.ts')).runsFindCommand,
    'src/cli/verbs/runs-find.yml',
  ),
  'runs compare': verb(
    async () => (await import('../commands/runs/compare.ts')).runsCompareCommand,
    'src/cli/verbs/runs-compare.yml',
  ),
  serve: verb(async () => (await import('./serve.ts')).serveCommand, 'src/cli/verbs/serve.yml'),
  simulate: verb(async () => (await import('./simulate.ts')).simulateCommand, 'src/cli/verbs/simulate.yml'),
  local: verb(async () => (await import('./local.ts')).localCommand, 'src/cli/verbs/local.yml'),
};

function verb(load: () => Promise<unknown>, texts: string): Verb {
  // Each command is run with the values of its own table, so forgetting the table's type here loses nothing.
  return { load: load as () => Promise<Command>, texts: `${ROOT}${texts}` };
}
