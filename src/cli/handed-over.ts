// What the launcher starts, with a channel to it, where its own Node is too old.
import { endWithParent } from '../adapters/end-with-parent.ts';

endWithParent();
await import('./main.ts');
// A signal that the launcher passes on now, at the end, would only spoil the exit code.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
