/** The end of a log stream, and the stream as a whole in pages. */
import { ServiceError } from '../model.ts';
import { logAddress } from './addresses.ts';
import type { LogPlace } from './attempts.ts';
import type { LogPage } from './aws-view.ts';
import type { Page } from './document.ts';
import { type Html, html } from './html.ts';
import { more, nothing } from './pieces.ts';
import { given, pathTo, type Visit } from './visit.ts';

const TAIL_LINES = 50;
const PAGE_LINES = 1000;

export async function showTail({ aws }: Visit, { caller, container, group, stream }: LogPlace): Promise<Html> {
  const input = { logGroupName: group, logStreamName: stream, limit: TAIL_LINES };
  const page = await aws.ask(caller, 'GetLogEvents', input).catch(ignoreMissing);
  return html`<h2>${container ? `Log of ${container}` : 'Log'}</h2>
${page?.events.length ? html`<pre class="tail" tabindex="0">${writeLines(page)}</pre>` : nothing('It has written nothing so far.')}
<p><a href="${logAddress(caller, group, stream)}">The whole log</a> <span class="muted">${group} · ${stream}</span></p>`;
}

/** `group` and `stream` in the query; without `token` the newest lines. */
export async function showLog({ aws, caller, query }: Visit): Promise<Page> {
  const group = query.get('group') ?? '';
  const stream = query.get('stream') ?? '';
  const token = given(query, 'token');
  const page = await aws.ask(caller, 'GetLogEvents', {
    ...{ logGroupName: group, logStreamName: stream, limit: PAGE_LINES },
    ...(token && { nextToken: token }),
  });
  const { events, nextBackwardToken, nextForwardToken } = page;
  const isFull = events.length === PAGE_LINES;
  const links = more({
    Earlier:
      events.length && (isFull || token) ? logAddress(caller, group, stream, { token: nextBackwardToken }) : undefined,
    Later: token && events.length ? logAddress(caller, group, stream, { token: nextForwardToken }) : undefined,
    Newest: token && logAddress(caller, group, stream),
  });
  return {
    title: stream,
    path: pathTo(caller),
    content: [
      html`<p class="muted">Log group ${group}</p>`,
      events.length ? html`<pre tabindex="0">${writeLines(page)}</pre>` : nothing('No lines here.'),
      html`${links}`,
    ],
  };
}

function writeLines({ events }: LogPage): Html[] {
  return events.map(({ timestamp, message }) => {
    const iso = new Date(timestamp).toISOString();
    return html`<time datetime="${iso}">${iso.slice(11, 23)}</time>${message}\n`;
  });
}

/** A container that has written no line has no stream yet. */
function ignoreMissing(error: unknown): undefined {
  if (error instanceof ServiceError) return undefined;
  throw error;
}
