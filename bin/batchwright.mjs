#!/usr/bin/env node
// The one file that must run on the newcomer's own Node (20 or later): it hands over to the pinned Node, which runs TypeScript as it is.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const [major = 0] = process.versions.node.split('.').map(Number);

if (major >= 24) {
  await import(main);
} else if (existsSync(pinned)) {
  const handedOver = fileURLToPath(new URL('../src/cli/handed-over.ts', import.meta.url));
  // By the channel the child hears of an end that this process cannot tell it of.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(pinned, [handedOver, ...process.argv.slice(2)], { stdio });
  // Ctrl-C reaches the child by itself, and one SIGINT more would count as the second, which ends it at once.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (!signal) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
} else {
  process.stderr.write(
    `batchwright needs Node 24. This is Node ${process.versions.node}, and the pinned one is not installed: run \`npm ci\` first.\n`,
  );
  process.exitCode = 1;
}
