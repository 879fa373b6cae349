/** Chromium, driven over its DevTools protocol with Node's own WebSocket: nothing to install but the browser. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Look {
  /** CSS pixels. */
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

export interface Browser {
  /** Loads an address and gives what `expression` is worth there. */
  open(address: string, look: Look): Promise<void>;
  /** The value of a JavaScript expression (awaited) on the open page. */
  read<Value>(expression: string): Promise<Value>;
  /** A PNG of what the window shows. */
  picture(): Promise<Buffer>;
  /** What the page has complained about: errors, refused resources. Emptied by each `open`. */
  complaints(): readonly string[];
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export async function startBrowser(path: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'batchwright-browser-'));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', '--hide-scrollbars'];
  const child = spawn(path, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise(resolve => child.once('exit', resolve));
  const end = async () => {
    child.kill();
    await exited;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    const address = await readAddress(child.stderr, exited);
    const targets = (await (await fetch(`http://${new URL(address).host}/json`)).json()) as {
      type: string;
      webSocketDebuggerUrl: string;
    }[];
    const target = targets.find(({ type }) => type === 'page');
    if (!target) throw new Error('the browser has no page');
    return await drive(target.webSocketDebuggerUrl, end);
  } catch (error) {
    await end();
    throw error;
  }
}

async function drive(address: string, end: () => Promise<void>): Promise<Browser> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the browser does not answer')));
  });
  const waiting = new Map<number, (message: Message) => void>();
  let complaints: string[] = [];
  let onLoad: () => void = () => undefined;
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    if (message.method === 'Page.loadEventFired') onLoad();
    const complaint = readComplaint(message);
    if (complaint) complaints.push(complaint);
  });
  const send = (method: string, params: object = {}) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, ({ result = {}, error }) => {
        waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
      socket.send(JSON.stringify({ id, method, params }));
    });
  for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`);
  const read = async <Value>(expression: string): Promise<Value> => {
    const { result, exceptionDetails } = (await send('Runtime.evaluate', {
      ...{ expression, awaitPromise: true, returnByValue: true },
    })) as { result?: { value: Value }; exceptionDetails?: { text: string } };
    if (exceptionDetails || !result) throw new Error(`${expression}: ${exceptionDetails?.text}`);
    return result.value;
  };
  return {
    async open(url, { width, scheme }) {
      complaints = [];
      const features = [{ name: 'prefers-color-scheme', value: scheme }];
      await send('Emulation.setDeviceMetricsOverride', {
        width,
        height: 900,
        deviceScaleFactor: 1,
        mobile: width < 600,
      });
      await send('Emulation.setEmulatedMedia', { features });
      const loaded = new Promise<void>(resolve => {
        onLoad = resolve;
      });
      await send('Page.navigate', { url });
      await loaded;
    },
    read,
    async picture() {
      const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: false });
      return Buffer.from(String(data), 'base64');
    },
    complaints: () => complaints,
    async close() {
      socket.close();
      await end();
    },
  };
}

function readComplaint({ method, params }: Message): string | undefined {
  if (method === 'Runtime.exceptionThrown') return JSON.stringify(params?.['exceptionDetails']);
  if (method !== 'Log.entryAdded') return undefined;
  const { level, text } = (params?.['entry'] ?? {}) as { level?: string; text?: string };
  return level === 'error' ? text : undefined;
}

/** `DevTools listening on ws://…`, which the browser writes to stderr. */
function readAddress(stderr: NodeJS.ReadableStream, exited: Promise<unknown>): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    stderr.on('data', chunk => {
      said += String(chunk);
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address) resolve(address);
    });
    void exited.then(() => reject(new Error(`the browser ended:\n${said}`)));
  });
}
