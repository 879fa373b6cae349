/** What tests of every engine share: a request with what the test does not care about filled in, and a run recorded whole. */
import type { ContainerOutcome, ContainerRequest, ContainerRun, Engine } from '../../../src/local/engines/model.ts';

export function requestFor(changes: Partial<ContainerRequest> = {}): ContainerRequest {
  return {
    jobId: 'b2c41f1e-6d0c-4d1b-a1a4-1de2f7a3a1c5:0',
    attempt: 1,
    image: 'content-cues',
    account: '123456789012',
    region: 'eu-west-1',
    environment: {},
    vcpus: 1,
    memoryMiB: 512,
    onLog() {},
    ...changes,
  };
}

export interface RecordedRun {
  readonly run: ContainerRun;
  readonly lines: string[];
  /** Resolves when a line that contains the text has come. */
  readonly saw: (text: string) => Promise<void>;
}

export function start(engine: Engine, changes: Partial<ContainerRequest> = {}): RecordedRun {
  const lines: string[] = [];
  const waiting: { text: string; resolve: () => void }[] = [];
  const onLog = (line: string): void => {
    lines.push(line);
    for (const { text, resolve } of waiting) if (line.includes(text)) resolve();
  };
  const saw = (text: string): Promise<void> =>
    new Promise(resolve => (lines.some(line => line.includes(text)) ? resolve() : waiting.push({ text, resolve })));
  return { run: engine.run(requestFor({ ...changes, onLog })), lines, saw };
}

export async function runToEnd(
  engine: Engine,
  changes: Partial<ContainerRequest> = {},
): Promise<{ outcome: ContainerOutcome; lines: string[] }> {
  const { run, lines } = start(engine, changes);
  return { outcome: await run.ended, lines };
}
