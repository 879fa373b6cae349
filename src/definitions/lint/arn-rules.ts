import type { JsonPath } from '../model.ts';
import { type DefinitionRule, guide, IN_THE_WILD } from './rule.ts';
import type { PlacedText, Subject } from './subject.ts';

const ARNS = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html';

/** arn:partition:service:region:account:resource */
interface Arn extends PlacedText {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** Services whose ARNs have no region; S3's bucket ARNs have neither region nor account. */
const GLOBAL_SERVICES = new Set(['iam', 's3', 'sts', 'cloudfront', 'route53']);
const ROLE_MEMBERS = new Set(['jobRoleArn', 'executionRoleArn', 'taskRoleArn']);

export const ARN_RULES: readonly DefinitionRule[] = [
  {
    name: 'arn-form',
    level: 'error',
    description:
      'An ARN has a partition, service, region, account and resource, none of them empty but where the service has none; a doubled colon is the usual slip.',
    source: `${ARNS}; ${IN_THE_WILD}`,
    check: ({ texts }, report) => {
      for (const { path, text } of texts) {
        const fault = isArnText(text) ? faultOf(text) : undefined;
        if (fault !== undefined) report(path, `"${text}" is no ARN: ${fault}`);
      }
    },
  },
  {
    name: 'role-arn',
    level: 'error',
    description: 'jobRoleArn, executionRoleArn and taskRoleArn are ARNs of roles.',
    source: `${guide('execution-IAM-role')}; ${IN_THE_WILD}`,
    check: ({ texts }, report) => {
      for (const { path, text } of roles(texts)) {
        if (text !== '' && !isPlaceholder(text) && !/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(text)) {
          report(path, `"${text}" is no ARN of a role: arn:aws:iam::<account>:role/<name>`);
        }
      }
    },
  },
  {
    name: 'role-account',
    level: 'error',
    description: "A job's roles are of the account it runs in; IAM passes no other.",
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html',
    check: ({ texts, definition }, report) => {
      for (const { path, account } of parseArns(roles(texts))) {
        if (account !== definition.target.account) {
          report(path, `a role of account ${account}, while the job runs in ${definition.target.account}`);
        }
      }
    },
  },
  {
    name: 'arn-partition',
    level: 'error',
    description: 'An ARN of another partition (aws, aws-cn, aws-us-gov) than the target region’s.',
    source: ARNS,
    check: ({ texts, definition }, report) => {
      for (const { path, partition } of parseArns(texts)) {
        const wanted = definition.target.partition;
        if (partition !== wanted)
          report(path, `an ARN of the partition "${partition}", while ${definition.target.region} is in "${wanted}"`);
      }
    },
  },
  {
    name: 'arn-region',
    level: 'warning',
    description: "An ARN of another region than the target's, often left over from copying.",
    source: IN_THE_WILD,
    check: ({ texts, definition }, report) => {
      for (const { path, region } of parseArns(texts)) {
        if (region !== '' && region !== definition.target.region) {
          report(path, `an ARN of ${region}, while the job runs in ${definition.target.region}`);
        }
      }
    },
  },
  {
    name: 'arn-account',
    level: 'warning',
    description: "An ARN of another account than the target's, roles apart.",
    source: IN_THE_WILD,
    check: ({ texts, definition }, report) => {
      const others = texts.filter(({ path }) => !isRolePath(path));
      for (const { path, account } of parseArns(others)) {
        if (/^\d{12}$/.test(account) && account !== definition.target.account) {
          report(path, `an ARN of account ${account}, while the job runs in ${definition.target.account}`);
        }
      }
    },
  },
];

function isRolePath(path: JsonPath): boolean {
  return ROLE_MEMBERS.has(String(path.at(-1)));
}

function roles(texts: Subject['texts']): Subject['texts'] {
  return texts.filter(({ path }) => isRolePath(path));
}

function isPlaceholder(text: string): boolean {
  return /[${}<>]|Ref::/.test(text);
}

function isArnText(text: string): boolean {
  return text.startsWith('arn:') && !isPlaceholder(text);
}

function faultOf(text: string): string | undefined {
  const [, partition = '', service = '', region = '', account = '', ...resource] = text.split(':');
  if (/\s/.test(text)) return 'it holds white space';
  if (partition === '' || service === '') return 'partition or service is empty';
  if (resource.length === 0 || resource[0] === '')
    return `the resource is empty${resource.length > 1 ? ' (a doubled colon?)' : ''}`;
  if (GLOBAL_SERVICES.has(service))
    return service === 's3' || /^(?:\d{12}|aws)$/.test(account) ? undefined : `"${account}" is no account`;
  if (!/^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(region))
    return region === '' ? 'the region is empty' : `"${region}" is no region`;
  if (!/^\d{12}$/.test(account))
    return account === '' ? 'the account is empty (a doubled colon?)' : `"${account}" is no account`;
  return service === 'secretsmanager' && (resource[0] !== 'secret' || !resource[1])
    ? 'the name of the secret is empty (a doubled colon?)'
    : undefined;
}

function parseArns(texts: Subject['texts']): readonly Arn[] {
  return texts.flatMap(({ path, text }) => {
    if (!isArnText(text) || faultOf(text) !== undefined) return [];
    const [, partition = '', service = '', region = '', account = '', ...resource] = text.split(':');
    return [{ path, text, partition, service, region, account, resource: resource.join(':') }];
  });
}
