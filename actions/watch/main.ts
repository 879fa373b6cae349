import { watchCommand } from '../../src/commands/runs/drive.ts';
import { runAction } from '../run-action.ts';

await runAction(watchCommand);
