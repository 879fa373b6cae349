import { rollbackCommand } from '../../src/commands/rollback.ts';
import { runAction } from '../run-action.ts';

await runAction(rollbackCommand);
