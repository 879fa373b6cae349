/** Other people's reading of our workflows. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { findGoTool, peerTest, runTool } from '../peers/tools.ts';
import { ROOT } from './repository.ts';

const actionlint = findGoTool('actionlint', 'github.com/rhysd/actionlint/cmd/actionlint', 'v1.7.12');

const files = ['.github/workflows', 'templates/workflows'].flatMap(folder =>
  readdirSync(join(ROOT, folder)).map(name => `${folder}/${name}`),
);

peerTest([actionlint], `actionlint finds nothing in ${files.length} workflows`, async () => {
  // Whether shellcheck is on this machine must not decide.
  const { exitCode, output } = await runTool(actionlint, ['-shellcheck=', '-pyflakes=', ...files], { cwd: ROOT });
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: '' });
});
