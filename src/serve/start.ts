/** The server itself: it listens, goes on with the runs of the ledger, and ends without losing one. */
import { getRequestListener } from '@hono/node-server';
import { type Listener, listen } from '../local/listen.ts';
import { createApp } from './app.ts';
import type { ServerContext } from './model.ts';
import { createRunControl } from './run-control.ts';
import { createRunDrivers } from './run-drivers.ts';
import type { Recognize } from './tokens.ts';

export interface ServeOptions {
  readonly server: ServerContext;
  readonly recognize: Recognize;
  readonly port: number;
  readonly host: string;
  readonly allowRemote: boolean;
  readonly mostBodyBytes: number;
}

export interface Serving {
  readonly url: string;
  /** Answers what is being asked, writes down what is known of the runs, and frees them for whoever comes next. Their jobs go on. */
  stop(): Promise<void>;
}

/** How often runs are looked for whose server is gone; its lease ends after four minutes. Milliseconds. */
const RESUME = 60_000;
/** Kubernetes kills after 30 s, ECS too. */
const GRACE = 20_000;
const IDLE = 600_000;

/** Throws ConfigurationError when it may not, or cannot, listen there. */
export async function startServe(options: ServeOptions): Promise<Serving> {
  const { server, recognize, port, host, allowRemote, mostBodyBytes } = options;
  const { clock, notify } = server.ports;
  const end = new AbortController();
  const drivers = createRunDrivers(server);
  const control = createRunControl(server, drivers);
  const app = createApp({ server, drivers, control, recognize, mostBodyBytes, isEnding: () => end.signal.aborted });
  // The framework would replace the whole process's Request and Response.
  const listener: Listener = await listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }), {
    ...{ port, host, allowRemote },
    name: 'batchwright serve',
    danger: 'it speaks plain HTTP, so whoever is on the way reads the tokens',
    graceMilliseconds: GRACE,
    idleMilliseconds: IDLE,
  });
  const resuming = (async () => {
    while (!end.signal.aborted) {
      await drivers.resume().catch((error: unknown) => {
        const said = error instanceof Error ? error.message : String(error);
        notify({ type: 'message', level: 'warning', text: `looking for runs in ${server.store.uri}: ${said}` });
      });
      await clock.sleep(RESUME, end.signal).catch(() => undefined);
    }
  })();
  return {
    url: listener.url,
    async stop() {
      end.abort();
      await Promise.all([drivers.close(), listener.close()]);
      await resuming;
    },
  };
}
