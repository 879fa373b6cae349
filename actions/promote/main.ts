import { promoteCommand } from '../../src/commands/promote.ts';
import { runAction } from '../run-action.ts';

await runAction(promoteCommand);
