import { keepHeapSmall } from '../../src/adapters/frugal-heap.ts';
import { watchCommand } from '../../src/commands/runs/drive.ts';
import { runAction } from '../run-action.ts';

keepHeapSmall();
await runAction(watchCommand);
