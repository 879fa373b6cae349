/** Who calls, and in which region: read from the SigV4 credential scope. Signatures are not checked: there is no secret to check. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from './model.ts';

export interface SignedCaller extends Caller {
  /** False when the request carries no credentials at all. */
  readonly signed: boolean;
  readonly sessionToken?: string | undefined;
}

export const defaultAccount = '123456789012';
const defaultRegion = 'us-east-1';

/** From the Authorization header or the presigned query; a registry path `/v2/<account>/<region>/…` says it in the path. */
export function readCaller(headers: IncomingHttpHeaders, url: URL): SignedCaller {
  const inPath = /^\/v2\/(\d{12})\/([a-z0-9-]+)\//.exec(url.pathname);
  if (inPath?.[1] && inPath[2]) {
    return { account: inPath[1], region: inPath[2], signed: headers.authorization !== undefined };
  }
  const credential = readCredential(headers, url);
  const [accessKeyId = '', , region] = credential?.split('/') ?? [];
  return {
    account: accountOf(accessKeyId),
    region: region || regionSet(headers) || defaultRegion,
    signed: credential !== undefined,
    sessionToken: oneOf(headers['x-amz-security-token']) ?? url.searchParams.get('X-Amz-Security-Token') ?? undefined,
  };
}

/** The service that the request is signed for: `iam`, `ec2`. */
export function readScopedService(headers: IncomingHttpHeaders, url: URL): string | undefined {
  return readCredential(headers, url)?.split('/')[3];
}

/** Keys that the local AssumeRole gives: they carry the role's account, as the real ones do (though not so plainly). */
export function temporaryAccessKeyId(account: string, suffix: string): string {
  return `ASIA${account}${suffix}`;
}

function accountOf(accessKeyId: string): string {
  return /^(?:ASIA)?(\d{12})(?:[A-Z0-9]{4})?$/.exec(accessKeyId)?.[1] ?? defaultAccount;
}

/** `<access key id>/<date>/<region>/<service>/aws4_request`; signature version 2 gives the key id alone. */
function readCredential(headers: IncomingHttpHeaders, url: URL): string | undefined {
  const header = headers.authorization ?? '';
  const scoped = /^AWS4-[A-Z0-9-]+\s.*?Credential=([^,\s]+)/.exec(header)?.[1];
  const old = /^AWS ([^:\s]+):/.exec(header)?.[1];
  return (
    scoped ?? old ?? url.searchParams.get('X-Amz-Credential') ?? url.searchParams.get('AWSAccessKeyId') ?? undefined
  );
}

/** Signature version 4A names regions in a header instead of the scope. */
function regionSet(headers: IncomingHttpHeaders): string | undefined {
  const region = oneOf(headers['x-amz-region-set'])?.split(',')[0];
  return region === '*' ? undefined : region;
}

function oneOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
