/** Whether the daemon's 127.0.0.1 is this machine's, found out by having it call here. */
import { type AddressInfo, createServer } from 'node:net';
import type { DockerApi } from './docker-api.ts';

const PATIENCE_MILLISECONDS = 3000;

/**
 * False for Docker Desktop (a virtual machine), a daemon elsewhere, and a daemon whose socket was handed into a container: there
 * images of the local registry cannot be pulled and containers cannot reach the local AWS at 127.0.0.1.
 */
export async function sharesLoopback(docker: DockerApi): Promise<boolean> {
  const server = createServer();
  const called = new Promise<boolean>(resolve => {
    server.on('connection', socket => {
      socket.destroy();
      resolve(true);
    });
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  // What the registry would say does not matter, only whether the daemon comes to ask.
  const refused = docker.call('GET', `/distribution/127.0.0.1:${port}/probe/json`, { signal }).then(
    () => false,
    () => false,
  );
  try {
    return await Promise.race([called, refused]);
  } finally {
    server.close();
  }
}
