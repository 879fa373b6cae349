import type { ToolkitEvent } from '../events.ts';
import { formatBytes } from './format.ts';

/** One event as one plain line of text, for a log. */
export function describeEvent(event: Exclude<ToolkitEvent, { type: 'secret' }>): string {
  switch (event.type) {
    case 'step':
      return event.title;
    case 'message':
      return event.text;
    case 'output':
      return `  | ${event.text}`;
    case 'blob':
      return `${event.repository}: blob ${shortDigest(event.digest)} ${event.how} (${formatBytes(event.bytes)})`;
    case 'job-status': {
      const reason = event.statusReason ? `: ${event.statusReason}` : '';
      // Its id was told when it was submitted.
      return `${event.region} ${event.jobName}: ${event.status}${describeCounts(event.counts)}${reason}`;
    }
    case 'log':
      return `${event.region} ${event.arrayIndex === undefined ? event.jobId : `[${event.arrayIndex}]`} ${event.text}`;
  }
}

function describeCounts(counts: Readonly<Record<string, number>> | undefined): string {
  const list = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
  return list.length > 0 ? ` (${list.map(([status, count]) => `${count} ${status}`).join(', ')})` : '';
}

export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}
