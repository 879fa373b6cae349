import { assumeRoleCommand } from '../../src/commands/assume-role.ts';
import { runAction } from '../run-action.ts';

await runAction(assumeRoleCommand);
