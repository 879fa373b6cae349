import { planCommand } from '../../src/commands/plan.ts';
import { runAction } from '../run-action.ts';

await runAction(planCommand);
