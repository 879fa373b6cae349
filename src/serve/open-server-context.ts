import type { Ports } from '../commands/command.ts';
import { openSession } from '../commands/runs/session.ts';
import { LOCAL_PAUSES } from '../jobs/pace.ts';
import type { AccountDetail } from '../runs/children-file.ts';
import type { ServerContext } from './model.ts';

/** Throws ConfigurationError as openSession does. */
export async function openServerContext(
  inputs: {
    readonly config: string | undefined;
    readonly environment: string | undefined;
    readonly account: AccountDetail | undefined;
  },
  ports: Ports,
): Promise<ServerContext> {
  const { config, targets, store, entriesUri, openEntries, ports: own } = await openSession(inputs, ports);
  return {
    targets,
    definitions: targets.flatMap(target => config.resolveDefinitions(target)),
    store,
    entriesUri,
    openEntries,
    // What ends the server ends the driving by itself, after the requests.
    ports: { ...own, signal: undefined },
    manifests: { aws: ports.aws, files: ports.files },
    ...ports.process,
    commit: (await ports.readSourceRevision())?.commit,
    pauses: ports.localAws ? LOCAL_PAUSES : undefined,
    detail: inputs.account,
  };
}
