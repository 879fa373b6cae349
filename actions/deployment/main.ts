import { deploymentCommand } from '../../src/commands/deployment.ts';
import { runAction } from '../run-action.ts';

await runAction(deploymentCommand);
