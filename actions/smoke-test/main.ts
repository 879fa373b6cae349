import { smokeTestCommand } from '../../src/commands/smoke-test.ts';
import { runAction } from '../run-action.ts';

await runAction(smokeTestCommand);
