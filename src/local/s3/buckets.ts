/** Buckets. A bucket belongs to an account and lives in a region. */

import { readBody } from '../wire.ts';
import { childText, readXml } from '../xml.ts';
import { sendEmpty, sendXml, xmlTime } from './answer.ts';
import { errors } from './errors.ts';
import type { S3Call } from './model.ts';
import type { ObjectStore } from './object-store.ts';

const homeRegion = 'us-east-1';

export function listBuckets(store: ObjectStore, call: S3Call): void {
  const prefix = call.query.get('prefix') ?? '';
  const region = call.query.get('bucket-region');
  const buckets = store
    .buckets(call.account)
    .filter(bucket => bucket.name.startsWith(prefix) && (region === null || bucket.region === region));
  sendXml(call, 'ListAllMyBucketsResult', {
    Owner: ownerOf(call.account),
    Buckets: {
      Bucket: buckets.map(bucket => ({
        Name: bucket.name,
        CreationDate: xmlTime(bucket.creationTime),
        BucketRegion: bucket.region,
      })),
    },
  });
}

export async function createBucket(store: ObjectStore, call: S3Call): Promise<void> {
  const { bucket: name, account: owner, region: asked } = call;
  if (!isBucketName(name)) throw errors.invalidBucketName(name);
  const region = await readLocation(call, asked);
  const existing = store.bucket(name);
  if (existing && existing.owner !== owner) throw errors.alreadyExists(name);
  // In us-east-1 alone, making one's own bucket again is no error.
  if (existing && (existing.region !== homeRegion || region !== homeRegion)) throw errors.alreadyOwned(name);
  if (!existing) store.putBucket({ name, owner, region, creationTime: store.now() });
  await store.commit();
  sendEmpty(call, 200, { location: region === homeRegion ? `/${name}` : `http://${name}.s3.amazonaws.com/` });
}

export function headBucket(store: ObjectStore, call: S3Call): void {
  const { region } = store.requireBucket(call);
  sendEmpty(call, 200, { 'x-amz-bucket-region': region, 'content-type': 'application/xml' });
}

export async function deleteBucket(store: ObjectStore, call: S3Call): Promise<void> {
  const { name } = store.requireBucket(call);
  if (store.keys(name).size > 0) throw errors.notEmpty(name);
  await store.deleteBucket(name);
  await store.commit();
  sendEmpty(call, 204);
}

/** From any region. Empty for us-east-1. */
export function getBucketLocation(store: ObjectStore, call: S3Call): void {
  const region = store.bucket(call.bucket)?.region;
  store.requireBucket(region === undefined ? call : { ...call, region });
  sendXml(call, 'LocationConstraint', region === homeRegion ? '' : region);
}

export function getBucketVersioning(store: ObjectStore, call: S3Call): void {
  store.requireBucket(call);
  sendXml(call, 'VersioningConfiguration', '');
}

export function ownerOf(account: string): { ID: string; DisplayName: string } {
  return { ID: account.padStart(64, '0'), DisplayName: account };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(name);
}

/** us-east-1 may make buckets anywhere; every other region only its own, and it must be named. */
async function readLocation({ request }: S3Call, region: string): Promise<string> {
  const body = await readBody(request, 1 << 16);
  const document = body.length > 0 ? readXml(body.toString('utf8')) : undefined;
  if (body.length > 0 && !document) throw errors.malformedXml();
  const location = childText(document, 'LocationConstraint') || undefined;
  if (location === homeRegion) throw errors.invalidLocation(location);
  if (region === homeRegion) return location ?? homeRegion;
  if (location !== region) throw errors.illegalLocation(location ?? 'unspecified');
  return region;
}
