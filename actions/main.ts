/** The one bundle of all actions: a stub per action calls `main` with its name, and only that action's chunk is loaded. */
const ACTIONS: Readonly<Record<string, () => Promise<unknown>>> = {
  'assume-role': () => import('./assume-role/main.ts'),
  'build-push': () => import('./build-push/main.ts'),
  deployment: () => import('./deployment/main.ts'),
  deregister: () => import('./deregister/main.ts'),
  plan: () => import('./plan/main.ts'),
  promote: () => import('./promote/main.ts'),
  register: () => import('./register/main.ts'),
  render: () => import('./render/main.ts'),
  retry: () => import('./retry/main.ts'),
  rollback: () => import('./rollback/main.ts'),
  run: () => import('./run/main.ts'),
  'smoke-test': () => import('./smoke-test/main.ts'),
  submit: () => import('./submit/main.ts'),
  verify: () => import('./verify/main.ts'),
  watch: () => import('./watch/main.ts'),
};

export async function main(name: string): Promise<void> {
  const load = ACTIONS[name];
  if (!load) throw new Error(`no action is called ${name}`);
  await load();
}
