/** S3's errors, as its API reference words them. */
import { S3Error } from './model.ts';

export const errors = {
  noSuchBucket: (bucket: string) =>
    new S3Error('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket }),
  noSuchKey: (key: string) => new S3Error('NoSuchKey', 'The specified key does not exist.', 404, { Key: key }),
  noSuchUpload: (id: string) =>
    new S3Error(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      404,
      { UploadId: id },
    ),
  accessDenied: (message = 'Access Denied') => new S3Error('AccessDenied', message, 403),
  alreadyOwned: (bucket: string) =>
    new S3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
      { BucketName: bucket },
    ),
  alreadyExists: (bucket: string) =>
    new S3Error(
      'BucketAlreadyExists',
      'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
      409,
      { BucketName: bucket },
    ),
  notEmpty: (bucket: string) =>
    new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, { BucketName: bucket }),
  invalidBucketName: (bucket: string) =>
    new S3Error('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: bucket }),
  wrongRegion: (bucket: string, region: string) =>
    new S3Error(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      301,
      { Endpoint: `${bucket}.s3.${region}.amazonaws.com`, Bucket: bucket },
      { 'x-amz-bucket-region': region },
    ),
  illegalLocation: (location: string) =>
    new S3Error(
      'IllegalLocationConstraintException',
      `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      400,
    ),
  invalidLocation: (location: string) =>
    new S3Error('InvalidLocationConstraint', 'The specified location-constraint is not valid', 400, {
      LocationConstraint: location,
    }),
  preconditionFailed: (condition: string) =>
    new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, {
      Condition: condition,
    }),
  invalidRange: (range: string, bytes: number) =>
    new S3Error(
      'InvalidRange',
      'The requested range is not satisfiable',
      416,
      { RangeRequested: range, ActualObjectSize: String(bytes) },
      { 'content-range': `bytes */${bytes}` },
    ),
  invalidArgument: (message: string, name: string, value: string) =>
    new S3Error('InvalidArgument', message, 400, { ArgumentName: name, ArgumentValue: value }),
  invalidRequest: (message: string) => new S3Error('InvalidRequest', message, 400),
  malformedXml: () =>
    new S3Error(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
      400,
    ),
  badDigest: (message: string) => new S3Error('BadDigest', message, 400),
  invalidDigest: () => new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', 400),
  sha256Mismatch: (given: string, computed: string) =>
    new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      400,
      { ClientComputedContentSHA256: given, S3ComputedContentSHA256: computed },
    ),
  incompleteBody: () =>
    new S3Error(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
      400,
    ),
  missingLength: () => new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.', 411),
  tooLarge: (bytes: number, most: number) =>
    new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400, {
      ProposedSize: String(bytes),
      MaxSizeAllowed: String(most),
    }),
  tooSmall: (part: number, bytes: number) =>
    new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
      ProposedSize: String(bytes),
      MinSizeAllowed: '5242880',
      PartNumber: String(part),
    }),
  keyTooLong: (key: string) =>
    new S3Error('KeyTooLongError', 'Your key is too long', 400, {
      Size: String(Buffer.byteLength(key)),
      MaxSizeAllowed: '1024',
    }),
  invalidPart: (part: number) =>
    new S3Error(
      'InvalidPart',
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      400,
      { PartNumber: String(part) },
    ),
  invalidPartOrder: () =>
    new S3Error(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
      400,
    ),
  notImplemented: (header: string) =>
    new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', 501, {
      Header: header,
    }),
  methodNotAllowed: (method: string) =>
    new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405, {
      Method: method,
    }),
};
