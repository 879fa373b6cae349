export function readEntries(
  environment?: Readonly<Record<string, string | undefined>>,
  s3?: import('@aws-sdk/client-s3').S3,
): Promise<unknown[]>;
