import { chmodSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lstatOf } from './rootfs-path.ts';

/** Removes a folder even when what ran in it left directories nobody may enter. Links are removed, never followed. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    openAll(path);
    await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  }
}

/** Gives the owner back every right on the directories of a tree. */
export function openAll(path: string): void {
  if (!lstatOf(path)?.isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openAll(join(path, name));
}
