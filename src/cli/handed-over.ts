// What the launcher starts, with a channel to it, where its own Node is too old.
import { endWithParent } from '../adapters/end-with-parent.ts';

endWithParent();
await import('./main.ts');
