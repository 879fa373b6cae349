// `npm run check`: everything that must hold before a change lands. Each step is one command; the first that fails ends it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const run = (command, ...args) => {
  process.stdout.write(`\n> ${command} ${args.join(' ')}\n`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

if (!existsSync('tools/node_modules')) run('npm', 'ci', '--prefix', 'tools');
run('npm', 'run', 'typecheck');
run('npm', 'run', 'lint');
run('npm', 'run', 'generate');
run('npm', 'run', 'build');
run('npm', 'test', '--', '--coverage');
run('node', 'tools/check-fresh.mjs');
