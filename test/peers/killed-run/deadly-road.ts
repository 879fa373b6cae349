/** The road from a process to the local AWS: every call goes over it, and at some of them the process is killed. */
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Called before a call is made; what it returns is done after it, before its answer is heard. `drop`: the call is never made. */
export type Meet = (step: string) => Promise<'drop' | 'pass' | (() => Promise<void>)>;

export interface Road {
  readonly url: string;
  /** Meets every call that brings the run on. */
  meet: Meet;
  stop(): Promise<void>;
}

export async function openRoad(target: string): Promise<Road> {
  const agent = new Agent({ keepAlive: true });
  const road: Road = { url: '', meet: async () => 'pass', stop: async () => undefined };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const call = { method, path, headers, body: await buffer(incoming) };
    const step = describeStep(call);
    const met = step === undefined ? 'pass' : await road.meet(step);
    if (met === 'drop') return void response.destroy();
    const answer = await forward(call, target, agent);
    const body = await buffer(answer);
    if (typeof met === 'function') await met();
    response.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
  };
  const server = createServer((incoming, response) => {
    // Its process is gone, or the server: nobody hears the answer.
    handle(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(road, {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  });
}

async function forward({ method, path, headers, body }: Call, target: string, agent: Agent): Promise<IncomingMessage> {
  const sent = request(`${target}${path}`, { method, headers, agent });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

/** `SubmitJob NAME` or `PutObject KEY`, by what it writes; undefined for what only reads, and for what is written again and again. */
function describeStep({ method, path, body }: Call): string | undefined {
  if (path.toLowerCase() === '/v1/submitjob')
    return `SubmitJob ${(JSON.parse(body.toString()) as { readonly jobName: string }).jobName}`;
  if (method !== 'PUT') return undefined;
  const key = decodeURIComponent(new URL(path, 'http://local').pathname);
  if (/\/(lease|progress)\.json$/.test(key)) return undefined;
  return `PutObject ${key}${body.includes('"submitted"') ? ' submitted' : ''}`;
}
