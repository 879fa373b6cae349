/** One whole document: what every page has around its own content. */
import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';
import { REFRESH } from './refresh.ts';
import { STYLE } from './style.ts';

export const ROOT = '/_batchwright/';

export interface Page {
  readonly status?: number;
  readonly title: string;
  /** From the root to above this page. */
  readonly path?: readonly (readonly [name: string, address: string])[];
  readonly content: readonly Html[];
}

/** Only this page's own script runs, and nothing is loaded from anywhere; no other page may show it in a frame. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(REFRESH).digest('base64')}'`,
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

export function renderDocument({ title, path = [], content }: Page): string {
  const above = path.map(([name, address]) => html`<a href="${address}">${name}</a> / `);
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · local AWS</title><style>${new Html(STYLE)}</style></head>
<body>
<header><a href="${ROOT}">Batchwright local AWS</a><label><input type="checkbox" id="live" checked> <span id="live-state">live</span></label></header>
<main>
${path.length ? html`<nav aria-label="Where this is">${above}</nav>` : undefined}
<h1>${title}</h1>
${content}
</main>
<script>${new Html(REFRESH)}</script>
</body>
</html>
`.text;
}
