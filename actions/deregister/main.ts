import { deregisterCommand } from '../../src/commands/deregister.ts';
import { runAction } from '../run-action.ts';

await runAction(deregisterCommand);
