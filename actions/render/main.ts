import { renderCommand } from '../../src/commands/render.ts';
import { runAction } from '../run-action.ts';

await runAction(renderCommand);
