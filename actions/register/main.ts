import { registerCommand } from '../../src/commands/register.ts';
import { runAction } from '../run-action.ts';

await runAction(registerCommand);
