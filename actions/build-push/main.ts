import { buildPushCommand } from '../../src/commands/build-push.ts';
import { runAction } from '../run-action.ts';

await runAction(buildPushCommand);
