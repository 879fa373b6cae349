/** Where each thing stands on the page. */
import type { Caller } from '../model.ts';
import { ROOT } from './document.ts';
import { type Html, html } from './html.ts';

export function placeAddress({ account, region }: Caller): string {
  return `${ROOT}${segment(account)}/${segment(region)}/`;
}

export function queueAddress(caller: Caller, queue: string, query: Query = {}): string {
  return `${placeAddress(caller)}queues/${segment(queue)}${writeQuery(query)}`;
}

/** A job's, or a child's by `parent:index`. */
export function jobAddress(caller: Caller, jobId: string, query: Query = {}): string {
  return `${placeAddress(caller)}jobs/${segment(jobId)}${writeQuery(query)}`;
}

export function logAddress(caller: Caller, group: string, stream: string, query: Query = {}): string {
  return `${placeAddress(caller)}logs${writeQuery({ group, stream, ...query })}`;
}

/** All definitions, those of one name, or one `name:revision`. */
export function definitionsAddress(caller: Caller, name = '', query: Query = {}): string {
  return `${placeAddress(caller)}definitions${name ? `/${segment(name)}` : ''}${writeQuery(query)}`;
}

export function repositoriesAddress(caller: Caller, name = '', query: Query = {}): string {
  const path = name ? `/${name.split('/').map(segment).join('/')}` : '';
  return `${placeAddress(caller)}repositories${path}${writeQuery(query)}`;
}

/** An image of the local registry leads to its repository, whatever host it is addressed by. */
export function imageLink(image: string | undefined): Html | undefined {
  if (image === undefined) return undefined;
  const [, account, region, name] = /^[^/]+\/(\d{12})\/([a-z0-9-]+)\/([^@:]+)(?:[@:].*)?$/.exec(image) ?? [];
  if (!account || !region || !name) return html`<code>${image}</code>`;
  return html`<a href="${repositoriesAddress({ account, region }, name)}"><code>${image}</code></a>`;
}

/** The last part of an ARN: `queue` of `arn:aws:batch:eu-west-1:123456789012:job-queue/queue`. */
export function nameOf(arn: string | undefined): string {
  return arn?.slice(arn.indexOf('/') + 1) ?? '';
}

type Query = Readonly<Record<string, string | undefined>>;

function writeQuery(query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : '';
}

/** Colons may stand in a path, and are easier to read so. */
function segment(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}
