import { S3 } from '@aws-sdk/client-s3';
import type { Document } from '../report/document.ts';
import { bucketOf } from './aws-account.ts';

interface Model {
  readonly account: string;
  readonly tickets: number;
  readonly topics: readonly { readonly label: string; readonly tickets: number; readonly share: number }[];
}

/** Reads back what the children wrote, as the team's own service would, and shows each account's largest topics. */
export async function readModels(runs: string): Promise<Document> {
  const models: (Model & { region: string })[] = [];
  for (const { environment, region, runId } of JSON.parse(runs) as Record<
    'environment' | 'region' | 'runId',
    string
  >[]) {
    const s3 = new S3({ region });
    const Bucket = bucketOf(environment, region);
    const { Contents = [] } = await s3.listObjectsV2({ Bucket, Prefix: `models/${runId}/` });
    for (const { Key } of Contents.filter(object => object.Key?.endsWith('.json'))) {
      const { Body } = await s3.getObject({ Bucket, Key });
      models.push({ ...(JSON.parse((await Body?.transformToString()) ?? '') as Model), region });
    }
  }
  return [
    { type: 'heading', level: 2, content: 'Models' },
    {
      type: 'table',
      columns: [
        { title: 'Region' },
        { title: 'Account' },
        { title: 'Tickets', align: 'right' },
        { title: 'What its customers write about' },
      ],
      rows: models.map(({ region, account, tickets, topics }) => [
        region,
        account,
        String(tickets),
        topics
          .slice(0, 4)
          .map(({ label, share }) => `${label} (${Math.round(share * 100)} %)`)
          .join('; '),
      ]),
    },
  ];
}
