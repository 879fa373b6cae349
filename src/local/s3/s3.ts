/** S3, with its bytes as files on disk: what is put is streamed there, never held whole in memory. */
import type { IncomingMessage } from 'node:http';
import { type LocalContext, ServiceError, type StreamService } from '../model.ts';
import { nameOperation, readAddress } from './address.ts';
import { sendError } from './answer.ts';
import * as buckets from './buckets.ts';
import { deleteObjects } from './delete-objects.ts';
import { errors } from './errors.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import type { S3Call } from './model.ts';
import * as multipart from './multipart.ts';
import { ObjectStore } from './object-store.ts';
import * as objects from './objects.ts';

type Operation = (store: ObjectStore, call: S3Call) => void | Promise<void>;

const operations: Readonly<Record<string, Operation>> = {
  ListBuckets: buckets.listBuckets,
  CreateBucket: buckets.createBucket,
  HeadBucket: buckets.headBucket,
  DeleteBucket: buckets.deleteBucket,
  GetBucketLocation: buckets.getBucketLocation,
  GetBucketVersioning: buckets.getBucketVersioning,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  DeleteObjects: deleteObjects,
  PutObject: objects.putObject,
  GetObject: objects.getObject,
  HeadObject: objects.getObject,
  DeleteObject: objects.deleteObject,
  CopyObject: objects.copyObject,
  CreateMultipartUpload: multipart.createMultipartUpload,
  UploadPart: multipart.uploadPart,
  UploadPartCopy: multipart.uploadPartCopy,
  CompleteMultipartUpload: multipart.completeMultipartUpload,
  AbortMultipartUpload: multipart.abortMultipartUpload,
  ListParts: multipart.listParts,
  ListMultipartUploads: multipart.listMultipartUploads,
};

export function createS3(context: LocalContext): StreamService {
  const store = new ObjectStore(context);
  return {
    name: 's3',
    operationOf: (request, url) => nameOperation(request, readAddress(request), url.searchParams),
    async handle(request, response, streamContext) {
      const query = streamContext.url.searchParams;
      const address = readAddress(request);
      const call: S3Call = {
        ...streamContext,
        ...address,
        query,
        request,
        response,
        operation: nameOperation(request, address, query),
      };
      try {
        checkAccess(store, call);
        const operation = operations[call.operation];
        if (!operation) throw unknownOperation(call);
        await operation(store, call);
      } catch (error) {
        // The client went away in the middle: there is nobody to answer.
        if (isGone(request, response.destroyed)) return;
        if (!(error instanceof ServiceError)) throw error;
        sendError(call, error);
      }
    },
    stop: () => store.swept,
  };
}

/** Without credentials nothing is allowed: no bucket here is public. A presigned URL is good for as long as it says. */
function checkAccess(store: ObjectStore, { signed, query }: S3Call): void {
  if (!signed) throw errors.accessDenied();
  const end = readExpiry(query);
  if (end !== undefined && store.now() > end) throw errors.accessDenied('Request has expired');
}

/** Milliseconds. Version 4 gives a time and a number of seconds, version 2 the second of the end. */
function readExpiry(query: URLSearchParams): number | undefined {
  if (query.has('AWSAccessKeyId')) return Number(query.get('Expires')) * 1000;
  const signedAt = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  if (!signedAt || !query.has('X-Amz-Expires')) return undefined;
  const [, year = 0, month = 1, day = 1, hour, minute, second] = signedAt.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) + Number(query.get('X-Amz-Expires')) * 1000;
}

function unknownOperation({ operation, request }: S3Call): ServiceError {
  const name = operation.replace(/^Unknown:/, '');
  return name === request.method ? errors.methodNotAllowed(name) : errors.notImplemented(name);
}

function isGone(request: IncomingMessage, responseDestroyed: boolean): boolean {
  return responseDestroyed || (request.destroyed && !request.complete);
}
