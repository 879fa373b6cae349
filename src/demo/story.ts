/** The main job, told from merge to finished models: exactly the commands that the actions and the CLI run, one after the other. */
import { createPorts } from '../adapters/ports.ts';
import type { Ports } from '../commands/command.ts';
import { ConfigurationError, describeProblem } from '../errors.ts';
import type { Notify } from '../events.ts';
import { describeFailure } from '../report/describe-failure.ts';
import type { Document } from '../report/document.ts';
import { tellChapters } from './chapters.ts';
import type { DemoOptions } from './options.ts';
import { writePage } from './page.ts';
import { BROKEN, hashProject, prepareProject } from './project.ts';

export interface Telling {
  readonly options: DemoOptions;
  readonly engine: 'docker' | 'process' | 'simulated';
  readonly notify: Notify;
  readonly signal: AbortSignal;
  /** Gives this process the credentials of an account. */
  readonly enterAccount: (account: string) => void;
}

/** Returns whether everything passed. The page is written either way. */
export async function tellStory({ options, engine, notify, signal, enterAccount }: Telling): Promise<boolean> {
  const folder = await prepareProject(options.break);
  const commit = await hashProject(folder);
  const enter = (account: string, ref: string, version?: string): Ports => {
    enterAccount(account);
    // The example is part of this repository; its own files are its commit.
    return { ...createPorts(notify, signal), readSourceRevision: async () => ({ commit, ref, version }) };
  };
  const chapters: Document[] = [];
  let failure: string | undefined;
  try {
    failure = await tellChapters({ folder, engine, broken: options.break, enter, notify, chapters });
  } catch (error) {
    failure = describeFailure(error);
    if (error instanceof ConfigurationError) chapters.push(describeProblems(error));
  }
  const page = await writePage({
    passed: failure === undefined,
    failure,
    chapters,
    broken: options.break && BROKEN[options.break],
  });
  notify({
    type: 'step',
    title: failure === undefined ? 'Done: every model was built.' : 'It failed, and this is why',
  });
  if (failure !== undefined) notify({ type: 'message', level: 'error', text: failure.replaceAll('\n', '\n  ') });
  notify({ type: 'message', level: 'info', text: `All of it as a page: ${page}` });
  return failure === undefined;
}

function describeProblems({ problems }: ConfigurationError): Document {
  return [
    { type: 'heading', level: 2, content: 'What to mend' },
    { type: 'list', items: problems.map(describeProblem) },
  ];
}
