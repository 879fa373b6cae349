import { chmodSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openAll, removeTree } from '../../../src/local/engines/remove-tree.ts';

test('directories that nobody may enter are removed too, and links are not followed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'remove-'));
  mkdirSync(join(folder, 'tree/locked/deep'), { recursive: true });
  mkdirSync(join(folder, 'kept'), { mode: 0o500 });
  writeFileSync(join(folder, 'tree/locked/deep/file'), '');
  symlinkSync(join(folder, 'kept'), join(folder, 'tree/link'));
  chmodSync(join(folder, 'tree/locked'), 0);
  openAll(join(folder, 'tree'));
  await removeTree(join(folder, 'tree'));
  expect([existsSync(join(folder, 'tree')), existsSync(join(folder, 'kept'))]).toEqual([false, true]);
  await removeTree(folder);
  await removeTree(folder);
  expect(existsSync(folder)).toBe(false);
});
