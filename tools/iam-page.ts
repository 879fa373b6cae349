/**
 * Writes docs/iam.md from the table of permissions; test/iam/policies.test.ts holds the table to what the verbs call, and the page to
 * the table.
 *
 *     node tools/iam-page.ts
 */
import { writeFileSync } from 'node:fs';
import { trustStatement } from '../src/credentials/trust-statement.ts';
import { JOB_ROLES, SOURCE_REPOSITORY_POLICY } from './iam/job-roles.ts';
import { FREE_VERBS, type Grant, ROLES, VERBS, type VerbPermissions } from './iam/permissions.ts';
import { policyOf, writePolicy } from './iam/policy.ts';

const PAGE = new URL('../docs/iam.md', import.meta.url);
const ISSUER = 'https://token.actions.githubusercontent.com';
const REFERENCE =
  'https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html';

/** The whole page, Markdown. */
export function iamPage(): string {
  return [
    ...[introduction(), words(), provider(), trust(), roles(), promotion(), jobs(), unseen(), keys(), verbs()],
  ].join('\n\n');
}

function introduction(): string {
  return [
    '# IAM: who may do what',
    '',
    'A workflow takes a role with the OIDC token that GitHub gives to its job; no access key is stored anywhere. Each environment has roles of its',
    'own, which trust that environment alone. This page is generated from one table, and a test records the calls that each verb makes on the',
    'local AWS: it fails when a policy here lacks one of them, or allows one that no verb makes.',
    '',
    'Every verb that changes something, and every verb that compares, asks whose credentials it has before anything else (GetCallerIdentity needs no',
    'permission) and stops when the account is not the one that the configuration names for the environment.',
  ].join('\n');
}

function words(): string {
  const rows = [
    ['`ACCOUNT`', '`environments.*.account`'],
    [
      '`JOB-DEFINITION`',
      'how the names of the job definitions begin: the family, unless `jobDefinitionName` says otherwise',
    ],
    ['`JOB-QUEUE`', 'how the names in `jobQueues` begin'],
    ['`REPOSITORY`', '`image.repository`'],
    ['`JOB-ROLE`, `EXECUTION-ROLE`', '`jobRole`, `executionRole`, with their path'],
    ['`OUTPUT-BUCKET`', 'the bucket of `smokeTest.expectObjects`, and of `s3://` addresses in the definitions'],
    ['`LEDGER-BUCKET`', 'the bucket of `runs.ledger`, of `runs.entries` and of the manifest'],
    ['`EVENT-QUEUE`', 'the name of the queue in `runs.events`'],
    [
      '`LOG-GROUP`',
      '`/aws/batch/` and `project`, unless the template says otherwise; `/aws/batch/job` where it has no `logConfiguration`',
    ],
    ['`SECRET`, `PARAMETER`', 'how the names of what the definitions read begin'],
    ['`OWNER/REPOSITORY`', 'of a trust policy: the repository on GitHub'],
  ];
  return [
    '## The words in capitals',
    '',
    '| Word | What stands for it in `batchwright.yml` |',
    '| --- | --- |',
    ...rows.map(row => `| ${row.join(' | ')} |`),
  ].join('\n');
}

function provider(): string {
  return [
    '## Once in each account: GitHub as an identity provider',
    '',
    '```sh',
    `aws iam create-open-id-connect-provider --url ${ISSUER} --client-id-list sts.amazonaws.com`,
    '```',
    '',
    'For a GitHub Enterprise Server the URL is `https://HOSTNAME/_services/token`, and AWS must reach it over the internet.',
  ].join('\n');
}

function trust(): string {
  const statement = (sub: string) =>
    trustStatement('arn:aws:iam::ACCOUNT:role/x', { iss: ISSUER, aud: 'sts.amazonaws.com', sub });
  const policy = (sub: string) => fence({ Version: '2012-10-17', Statement: [statement(sub)] });
  return [
    '## The trust policy of an environment’s role',
    '',
    'A job with `environment: production` has that in its token’s subject, and neither branch nor tag: which branches may deploy is then for the',
    'environment’s protection rules in GitHub to say. This is the trust policy of the roles for `production`; that of `test` differs in the last word.',
    '',
    policy('repo:OWNER/REPOSITORY:environment:production'),
    '',
    'A job without `environment:` has its branch or tag there, `repo:OWNER/REPOSITORY:ref:refs/heads/main`; one of a pull request is',
    '`repo:OWNER/REPOSITORY:pull_request` whoever wrote it, so give that subject to a read-only role alone. Pull requests from forks get no token.',
    'The subject is always the caller’s, also when the job stands in a called workflow. Write no `*` that you do not need, and where you need',
    'one use `StringLike`. When a role is refused, [assume-role](../actions/assume-role/README.md) prints the very statement that would match.',
    '',
    'The trust policy of the role that plans pull requests (`BATCHWRIGHT_PLAN_ROLE`), which has the policy [read-only](#read-only):',
    '',
    policy('repo:OWNER/REPOSITORY:pull_request'),
    '',
    'Sessions last an hour, and Batchwright’s actions renew them: `MaxSessionDuration` can stay as it is.',
  ].join('\n');
}

function roles(): string {
  const list = (named: readonly string[]) => named.map(verb => `\`${shown(verb)}\``).join(', ');
  const sections = ROLES.map(({ name, about, variable, verbs: named, also = [] }) => {
    const held = variable ? ` Its ARN is in the variable \`${variable}\`.` : '';
    const text = `${about}${held} ${list(named)}; enough for ${list(also)} too.`;
    return [`### ${name}`, '', text, '', fence(policyOf(named.flatMap(grantsOf)))].join('\n');
  });
  return [
    '## Policies for a role',
    '',
    `Each is the union of its verbs’ [own policies](#each-verb). Actions on \`*\` are those that [cannot be narrowed](${REFERENCE}).`,
    '',
    ...sections.flatMap(section => [section, '']),
  ]
    .join('\n')
    .trimEnd();
}

function promotion(): string {
  return [
    '## Promotion to another account',
    '',
    'The role of the environment that is promoted to reads the image and its proof where they are. Within one account its own policy is enough; from',
    'another one the repository there must allow it too (`aws ecr set-repository-policy`, in every region of the source):',
    '',
    fence(SOURCE_REPOSITORY_POLICY),
  ].join('\n');
}

function jobs(): string {
  const sections = JOB_ROLES.flatMap(({ name, about, trustPolicy, policy }) => [
    `### ${name}`,
    '',
    about,
    '',
    fence(trustPolicy),
    '',
    fence(policy),
    '',
  ]);
  return ['## The roles of the jobs', '', ...sections].join('\n').trimEnd();
}

function unseen(): string {
  const reasons = new Map<string, string>();
  for (const { grants } of VERBS) {
    for (const { actions, unseen: reason } of grants) if (reason) reasons.set(`\`${actions.join('`, `')}\``, reason);
  }
  return [
    '## What the recording cannot show',
    '',
    'AWS asks for these although no call has their name, so they are in the policies by hand:',
    '',
    '| Action | Why |',
    '| --- | --- |',
    ...[...reasons].map(([action, reason]) => `| ${action} | ${reason} |`),
  ].join('\n');
}

function keys(): string {
  return [
    '## Where you have KMS keys of your own',
    '',
    'Keys that AWS manages need nothing. With your own: `kms:Decrypt` for what reads secrets (`verify`, the execution role) or objects of the ledger,',
    '`kms:GenerateDataKey` for what writes objects, and `kms:DescribeKey`, `kms:CreateGrant` and `kms:RetireGrant` for `build-push` where it creates a',
    'repository with `encryption: KMS`, all on the key’s ARN.',
  ].join('\n');
}

function verbs(): string {
  const sections = VERBS.flatMap(permissions => verbSection(permissions));
  return [
    '## Each verb',
    '',
    `${FREE_VERBS.map(verb => `\`${verb}\``).join(', ')} need no permission.`,
    '',
    ...sections,
  ].join('\n');
}

function verbSection({ verb, about, grants }: VerbPermissions): readonly string[] {
  const summary = `<summary><b>${shown(verb)}</b></summary>`;
  return ['<details>', summary, '', about, '', fence(policyOf(grants)), '', '</details>', ''];
}

function grantsOf(verb: string): readonly Grant[] {
  const found = VERBS.find(each => each.verb === verb);
  if (!found) throw new Error(`no verb ${verb}`);
  return found.grants;
}

/** `smoke-test --record`. */
function shown(verb: string): string {
  return verb.replace('+', '--');
}

function fence(policy: object): string {
  return `\`\`\`json\n${writePolicy(policy)}\n\`\`\``;
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, iamPage());
