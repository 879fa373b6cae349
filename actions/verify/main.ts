import { verifyCommand } from '../../src/commands/verify.ts';
import { runAction } from '../run-action.ts';

await runAction(verifyCommand);
