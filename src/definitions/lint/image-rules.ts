import { readText } from '../json.ts';
import type { JsonPath } from '../model.ts';
import { api, type DefinitionRule, guide, IN_THE_WILD, type Report } from './rule.ts';
import type { Subject } from './subject.ts';

/** What an image reference says: https://github.com/distribution/reference */
const REFERENCE =
  /^(?<name>(?:[\w.-]+(?::\d+)?\/)?[a-z0-9][a-z0-9._/-]*?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;
/** AWS's registries, and the local AWS's, where account and region are the first parts of the path. */
const ECR =
  /^(?:(?<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|127\.0\.0\.1:\d+\/(?<localAccount>\d{12})\/(?<localRegion>[a-z0-9-]+))\//;

export const IMAGE_RULES: readonly DefinitionRule[] = [
  {
    name: 'image-reference',
    level: 'error',
    description: 'An image is `[host/]repository[:tag][@digest]`, up to 255 characters.',
    source: api('ContainerProperties'),
    check: (subject, report) => {
      for (const { path, image } of imagesOf(subject)) {
        if (image.length > 255) report(path, `the image reference has ${image.length} characters; Batch takes 255`);
        else if (!isPlaceholder(image) && !REFERENCE.test(image)) report(path, `"${image}" is no image reference`);
      }
    },
  },
  {
    name: 'image-not-digest',
    level: 'warning',
    description:
      'An image named by its tag may be another by the time a host pulls it, so that one run mixes two versions; a digest cannot.',
    source: `${guide('job_definition_parameters')}; ${IN_THE_WILD}`,
    check: (subject, report) => {
      tellTagged(
        subject,
        report,
        tag => tag !== undefined && tag !== 'latest',
        (image, tag) => `"${image}" is named by the tag "${tag}"; name it by its digest`,
      );
    },
  },
  {
    name: 'image-latest',
    level: 'warning',
    description: 'The tag latest says nothing about what runs.',
    source: IN_THE_WILD,
    check: (subject, report) => {
      tellTagged(
        subject,
        report,
        tag => tag === 'latest',
        image => `"${image}" is whatever was pushed last; name it by its digest`,
      );
    },
  },
  {
    name: 'image-without-tag',
    level: 'warning',
    description: 'An image without tag or digest means latest.',
    source: IN_THE_WILD,
    check: (subject, report) => {
      tellTagged(
        subject,
        report,
        tag => tag === undefined,
        image => `"${image}" has neither tag nor digest, which means latest`,
      );
    },
  },
  {
    name: 'image-region',
    level: 'warning',
    description:
      'An ECR image of another region is pulled across regions by every host: slower, paid for, and down when that region is.',
    source: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html',
    check: (subject, report) => {
      const { region } = subject.definition.target;
      for (const { path, registry } of registriesOf(subject)) {
        if (registry.region !== region) report(path, `the image is in ${registry.region}, the job runs in ${region}`);
      }
    },
  },
  {
    name: 'image-account',
    level: 'warning',
    description: "An ECR image of another account needs that repository's policy to allow this one.",
    source: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html',
    check: (subject, report) => {
      const { account } = subject.definition.target;
      for (const { path, registry } of registriesOf(subject)) {
        if (registry.account !== account)
          report(path, `the image is in account ${registry.account}, the job runs in ${account}`);
      }
    },
  },
];

interface PlacedImage {
  readonly path: JsonPath;
  readonly image: string;
}

function imagesOf({ containers }: Subject): readonly PlacedImage[] {
  return containers.flatMap(({ path, members }) => {
    const image = readText(members['image']);
    return image === undefined || image === '' ? [] : [{ path: [...path, 'image'], image }];
  });
}

function tellTagged(
  subject: Subject,
  report: Report,
  isMeant: (tag: string | undefined) => boolean,
  describe: (image: string, tag: string | undefined) => string,
): void {
  for (const { path, image } of imagesOf(subject)) {
    const parts = REFERENCE.exec(image)?.groups;
    if (parts && parts['digest'] === undefined && isMeant(parts['tag'])) report(path, describe(image, parts['tag']));
  }
}

function registriesOf(subject: Subject) {
  return imagesOf(subject).flatMap(({ path, image }) => {
    const { account, region, localAccount, localRegion } = ECR.exec(image)?.groups ?? {};
    const found = { account: account ?? localAccount, region: region ?? localRegion };
    return found.account === undefined ? [] : [{ path, registry: found }];
  });
}

/** The placeholder rule tells these. */
function isPlaceholder(image: string): boolean {
  return /[${}<>]|Ref::/.test(image);
}
