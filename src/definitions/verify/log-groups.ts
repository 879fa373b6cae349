import { readObject, readText } from '../json.ts';
import type { Container } from '../lint/subject.ts';
import { type Answer, ask, remember } from './ask.ts';
import { type Candidate, type Claim, type Fleet, ng, ok, type Verdict, type VerifyPorts } from './model.ts';

/** Where logs go unless a definition says otherwise; Batch's service-linked role makes it. https://docs.aws.amazon.com/batch/latest/userguide/using_awslogs.html */
const DEFAULT_GROUP = '/aws/batch/job';

/** The log group must exist, or be one that every job that logs to it may create: nobody knows which comes first. */
export function logGroupClaims({ candidates }: Fleet, ports: VerifyPorts): readonly Claim[] {
  const find = remember(key => findGroup(key, ports));
  const uses = candidates.flatMap(candidate =>
    candidate.subject.tasks.flatMap(({ containers }) =>
      containers.flatMap(container => {
        const logs = readLogs(container, candidate);
        return logs ? [{ candidate, ...logs, key: JSON.stringify([logs.region, logs.group]) }] : [];
      }),
    ),
  );
  const mustExist = new Set(uses.flatMap(({ key, mayCreate }) => (mayCreate ? [] : [key])));
  return uses.map(({ candidate, path, group, region, key }) => {
    const { target } = candidate.definition;
    return {
      check: 'log-group',
      target,
      subject: region === target.region ? group : `${group} in ${region}`,
      needed: { candidate, path },
      verify: async () => judge(await find(key), group, !mustExist.has(key)),
    };
  });
}

/** Undefined for containers whose lines go elsewhere. */
function readLogs({ path, members }: Container, { definition }: Candidate) {
  const logs = readObject(members['logConfiguration']);
  if ((readText(logs['logDriver']) ?? 'awslogs') !== 'awslogs') return undefined;
  const options = readObject(logs['options']);
  return {
    path: [...path, 'logConfiguration'],
    group: readText(options['awslogs-group']) ?? DEFAULT_GROUP,
    region: readText(options['awslogs-region']) ?? definition.target.region,
    mayCreate: readText(options['awslogs-create-group']) === 'true',
  };
}

function judge(answer: Answer<boolean>, group: string, mayCreate: boolean): Verdict {
  if ('verdict' in answer) return answer.verdict;
  if (answer.value) return ok();
  if (mayCreate) return ok('does not exist yet; the first job creates it, if its role has logs:CreateLogGroup');
  if (group === DEFAULT_GROUP) return ok('does not exist yet; Batch creates it with the first job');
  return ng('does not exist', 'Create it, or set `awslogs-create-group` to "true".');
}

/** The first group with the prefix is the very one, if there is; pages are read on all the same, since no order is promised. */
function findGroup(key: string, ports: VerifyPorts): Promise<Answer<boolean>> {
  const [region, group] = JSON.parse(key) as [string, string];
  return ask(
    {
      region,
      action: 'logs:DescribeLogGroups',
      look: async call => {
        const logs = await ports.aws.logs(region);
        let nextToken: string | undefined;
        do {
          const request = { logGroupNamePrefix: group, ...(nextToken && { nextToken }) };
          const page = await call(() => logs.describeLogGroups(request));
          if (page.logGroups?.some(({ logGroupName }) => logGroupName === group)) return true;
          nextToken = page.nextToken;
        } while (nextToken);
        return false;
      },
    },
    ports,
  );
}
