import type { TargetConfig } from '../../config/model.ts';
import { type Answer, ask, hasCode, remember, statusOf } from './ask.ts';
import { type Claim, type Fleet, ng, ok, skip, type Verdict, type VerifyPorts } from './model.ts';

/** Buckets that the smoke test, the runs and the definitions name in `s3://` addresses must be reachable. */
export function bucketClaims({ targets, candidates }: Fleet, ports: VerifyPorts): readonly Claim[] {
  const read = remember(key => readBucketRegion(key, ports));
  const verify = (region: string, bucket: string) => async () => {
    const answer = await read(JSON.stringify([region, bucket]));
    return 'verdict' in answer ? answer.verdict : judge(answer.value, region);
  };
  const told = targets.flatMap(target =>
    bucketsIn(JSON.stringify([target.smokeTest, target.runs]), target).map(bucket => ({
      target,
      bucket,
      needed: undefined,
    })),
  );
  const used = candidates.flatMap(candidate =>
    candidate.subject.texts.flatMap(({ text, path }) =>
      bucketsIn(text, candidate.definition.config).map(bucket => ({
        target: candidate.definition.target,
        bucket,
        needed: { candidate, path },
      })),
    ),
  );
  return [...told, ...used].map(({ target, bucket, needed }) => ({
    check: 'bucket',
    target,
    subject: bucket,
    needed,
    verify: verify(target.region, bucket),
  }));
}

/** Addresses whose bucket is known only to the job (`s3://$BUCKET/`, `s3://Ref::bucket/`) are left out. */
function bucketsIn(text: string, { environment, region, account, project }: TargetConfig): readonly string[] {
  const values: Readonly<Record<string, string>> = { environment, region, account, project };
  const named = [...text.matchAll(/s3:\/\/([^\s/"'\\]+)/g)].map(([, name = '']) =>
    name.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole),
  );
  return [...new Set(named)].filter(name => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name));
}

/** Undefined when S3 does not say. */
type BucketRegion = string | undefined;

function judge(actual: BucketRegion, region: string): Verdict {
  return ok(actual === undefined || actual === region ? undefined : `is in ${actual}, another region`);
}

function readBucketRegion(key: string, ports: VerifyPorts): Promise<Answer<BucketRegion>> {
  const [region, Bucket] = JSON.parse(key) as [string, string];
  return ask(
    {
      region,
      action: 's3:ListBucket',
      look: async call => {
        const s3 = await ports.aws.s3(region);
        try {
          return (await call(() => s3.headBucket({ Bucket }))).BucketRegion;
        } catch (error) {
          // It is there, and its own region answers for it.
          if (statusOf(error) === 301) return regionIn(error) ?? 'another region';
          throw error;
        }
      },
      explain: error => explain(error),
    },
    ports,
  );
}

/** A HEAD has no body, so that the status is all that S3 says. */
function explain(error: unknown): Verdict | undefined {
  if (hasCode(error, /^(NotFound|NoSuchBucket)$/)) return ng('does not exist', 'Create it, or correct its name.');
  if (statusOf(error) !== 403) return undefined;
  return skip('needs s3:ListBucket, or belongs to another account', 'Grant s3:ListBucket to the role that verifies.');
}

function regionIn(error: unknown): string | undefined {
  const { $response } = Object(error) as { $response?: { headers?: Readonly<Record<string, string>> } };
  return $response?.headers?.['x-amz-bucket-region'];
}
