import type { Notify, ToolkitEvent } from '../../events.ts';
import { describeEvent } from '../../report/event-line.ts';
import { annotationCommand, debugCommand, END_GROUP, groupCommand, maskCommand } from './workflow-commands.ts';

/** Shows events in a workflow log: a group per step, annotations, masks. `end` closes the last group, and shows how it all came out. */
export function createActionsHost(write: (line: string) => void): { notify: Notify; end(outcome?: string): void } {
  let grouped = false;
  const end = (outcome?: string) => {
    if (grouped) write(END_GROUP);
    grouped = false;
    if (outcome) write(protectFromCommands(outcome.trimEnd()));
  };
  const notify = (event: ToolkitEvent) => {
    if (event.type === 'step') {
      end();
      grouped = true;
      write(groupCommand(event.title));
    } else if (event.type === 'secret') {
      write(maskCommand(event.value));
    } else if (event.type === 'message') {
      write(messageLine(event));
    } else {
      write(protectFromCommands(describeEvent(event)));
    }
  };
  return { notify, end };
}

function messageLine({ level, text, position }: Extract<ToolkitEvent, { type: 'message' }>): string {
  if (level === 'debug') return debugCommand(text);
  return level === 'info' ? protectFromCommands(text) : annotationCommand(level, text, position);
}

/** A line of somebody's log must never be taken for a command of ours: the runner looks at the start of each line. */
function protectFromCommands(text: string): string {
  return text.replace(/^(\s*)(::|##\[)/gm, '$1 \u200b$2');
}
