import { keepHeapSmall } from '../../src/adapters/frugal-heap.ts';
import { runCommand } from '../../src/commands/runs/drive.ts';
import { runAction } from '../run-action.ts';

keepHeapSmall();
await runAction(runCommand);
