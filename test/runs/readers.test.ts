/** The reader that users copy into their container, in JavaScript; the others are read by peers. */
import { S3 } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from '@jest/globals';
import { createEntriesBuffer } from '../../src/runs/entries-file.ts';
import { readEntries } from '../../templates/readers/entry.mjs';
import { idleEngine } from '../local/fixtures/idle-engine.ts';
import { clientOptions, useLocalAws } from '../local/fixtures/local.ts';

const local = useLocalAws({ engine: idleEngine });
const ENTRIES = Array.from({ length: 7 }, (_, at) => ({ id: `ä${'x'.repeat(at)}`, tickets: at }));
let s3: S3;
let stride: number;

beforeAll(async () => {
  s3 = new S3({ ...clientOptions(local(), '123456789012'), forcePathStyle: true });
  const buffer = createEntriesBuffer();
  for (const entry of ENTRIES) buffer.append(JSON.stringify(entry));
  const file = buffer.take();
  stride = file.stride;
  await s3.createBucket({ Bucket: 'ledger' });
  await s3.putObject({ Bucket: 'ledger', Key: 'daily/entries/0.ndjson', Body: file.bytes });
});

test.each([
  [{ AWS_BATCH_JOB_ARRAY_INDEX: '0' }, [0]],
  [{ AWS_BATCH_JOB_ARRAY_INDEX: '6' }, [6]],
  [{}, [0]],
  [{ AWS_BATCH_JOB_ARRAY_INDEX: '1', BATCHWRIGHT_PACK: '3' }, [3, 4, 5]],
  [{ AWS_BATCH_JOB_ARRAY_INDEX: '2', BATCHWRIGHT_PACK: '3' }, [6]],
])('%j reads its own entries', async (environment, positions) => {
  const given = {
    BATCHWRIGHT_ENTRIES: 's3://ledger/daily/entries/0.ndjson',
    BATCHWRIGHT_STRIDE: String(stride),
    ...environment,
  };
  expect(await readEntries(given, s3)).toEqual(positions.map(position => ENTRIES[position]));
});
