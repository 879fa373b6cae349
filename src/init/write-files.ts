/** Files that are written together or not at all. */
import type { FilesPort } from '../ports.ts';
import type { NewFile, WrittenFile } from './model.ts';

export interface WritePorts {
  readonly files: Pick<FilesPort, 'exists' | 'readText'>;
  readonly writeText: (path: string, text: string) => Promise<void>;
  readonly removeFile: (path: string) => Promise<void>;
}

/**
 * What is there is left, unless `force`. When one cannot be written, those before it are as they were: removed, or with their old
 * text. Rejects with the error of the write.
 */
export async function writeFiles(
  files: readonly NewFile[],
  force: boolean,
  ports: WritePorts,
): Promise<readonly WrittenFile[]> {
  const undo: (() => Promise<void>)[] = [];
  const written: WrittenFile[] = [];
  try {
    for (const { path, text } of files) {
      const exists = await ports.files.exists(path);
      if (exists && !force) {
        written.push({ path, how: 'left as it was' });
        continue;
      }
      const before = exists ? await ports.files.readText(path) : undefined;
      undo.push(() => (before === undefined ? ports.removeFile(path) : ports.writeText(path, before)));
      await ports.writeText(path, text);
      written.push({ path, how: exists ? 'overwritten' : 'written' });
    }
    return written;
  } catch (error) {
    for (const step of undo.toReversed()) await step().catch(() => undefined);
    throw error;
  }
}
