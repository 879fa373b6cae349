/** Fargate's list prices. https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html */
import type { GetProductsCommandOutput } from '@aws-sdk/client-pricing';
import type { Prices } from '../../config/model.ts';
import { type Answer, ask } from '../../definitions/verify/ask.ts';
import type { PriceQuote, RunDefinition } from '../model.ts';
import type { RunPorts } from '../ports.ts';

type Architecture = NonNullable<RunDefinition['architecture']> | 'X86_64';
export type FargateList = Readonly<Record<Architecture, Prices & Pick<PriceQuote, 'basis'>>>;

/** One product of the list, as far as it is read. All of Fargate has one price, whatever the amount. */
interface Product {
  readonly product: { readonly attributes: { readonly usagetype?: string } };
  readonly publicationDate?: string;
  readonly terms: {
    readonly OnDemand?: Readonly<
      Record<string, { readonly priceDimensions: Readonly<Record<string, { pricePerUnit: Record<string, string> }>> }>
    >;
  };
}

/** Of Linux: Windows costs more. `USE1-Fargate-ARM-GB-Hours`; us-east-1 has had no prefix at times. */
const USAGE = /^(?:[A-Z0-9]+-)?Fargate-(ARM-)?(?:(vCPU)-Hours:perCPU|GB-Hours)$/;

/** Of one region, in one currency. A GB of Fargate is 1,024 MiB: a task of 30 GB asks for 30,720 MiB. */
export function readFargateList(
  region: string,
  currency: string,
  ports: Pick<RunPorts, 'aws' | 'limiter' | 'signal'> & { readonly asker: string },
): Promise<Answer<FargateList>> {
  const endpoint = endpointFor(region);
  return ask(
    {
      region: endpoint,
      action: 'pricing:GetProducts',
      look: async call => {
        const pricing = await ports.aws.pricing(endpoint);
        const products: Product[] = [];
        let NextToken: string | undefined;
        do {
          const request = {
            ServiceCode: 'AmazonECS',
            FormatVersion: 'aws_v1',
            Filters: [{ Type: 'TERM_MATCH' as const, Field: 'regionCode', Value: region }],
            MaxResults: 100,
          };
          const page: GetProductsCommandOutput = await call(() =>
            pricing.getProducts({ ...request, ...(NextToken && { NextToken }) }),
          );
          products.push(...(page.PriceList ?? []).map((text: unknown) => JSON.parse(String(text)) as Product));
          NextToken = page.NextToken;
        } while (NextToken);
        return parseList(products, region, currency);
      },
    },
    ports,
  );
}

/** The list is the same everywhere, and is asked for near by. https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html */
function endpointFor(region: string): string {
  if (region.startsWith('cn-')) return 'cn-northwest-1';
  if (/^(eu|me|il|af)-/.test(region)) return 'eu-central-1';
  return region.startsWith('ap-') ? 'ap-south-1' : 'us-east-1';
}

function parseList(products: readonly Product[], region: string, currency: string): FargateList {
  const found = new Map<string, number>();
  let published: string | undefined;
  for (const { product, terms, publicationDate } of products) {
    const [usage, arm, vcpu] = USAGE.exec(product.attributes.usagetype ?? '') ?? [];
    const dimensions = Object.values(terms.OnDemand ?? {}).flatMap(({ priceDimensions }) =>
      Object.values(priceDimensions),
    );
    const price = Number(dimensions[0]?.pricePerUnit[currency]);
    if (usage === undefined || !(price > 0)) continue;
    published = publicationDate ?? published;
    found.set(`${arm ? 'ARM64' : 'X86_64'} ${vcpu ? 'vCPU' : 'GB'}`, price);
  }
  const priceOf = (architecture: Architecture) => {
    const [vcpuHour, gibHour] = [found.get(`${architecture} vCPU`), found.get(`${architecture} GB`)];
    if (vcpuHour === undefined || gibHour === undefined)
      throw new Error(`the list has no price in ${currency} for Linux on ${architecture} in ${region}`);
    const basis = `Fargate’s list price for Linux on ${architecture}${published ? `, published ${published.slice(0, 10)}` : ''}`;
    return { vcpuHour, gibHour, gpuHour: 0, basis };
  };
  return { X86_64: priceOf('X86_64'), ARM64: priceOf('ARM64') };
}
