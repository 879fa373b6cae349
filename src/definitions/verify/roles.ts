import type { Target } from '../../config/model.ts';
import { readText } from '../json.ts';
import { type Answer, ask, type Call, hasCode, remember } from './ask.ts';
import { type Claim, type Fleet, ng, ok, skip, type Verdict, type VerifyPorts } from './model.ts';
import { readTrust } from './trust-policy.ts';

const ROLE_MEMBERS = ['jobRoleArn', 'executionRoleArn', 'taskRoleArn'] as const;
/** Who takes the roles of a job's containers. https://docs.aws.amazon.com/batch/latest/userguide/execution-IAM-role.html */
const SERVICE = 'ecs-tasks.amazonaws.com';

interface Role {
  readonly arn: string;
  readonly trustPolicy: string;
}

/** Job and execution roles must exist and trust ECS tasks. */
export function roleClaims({ candidates }: Fleet, ports: VerifyPorts): readonly Claim[] {
  const readers = new Map<string, (name: string) => Promise<Answer<Role>>>();
  // Roles are the same from every region, so the first region's client asks for all.
  const readerOf = ({ account, region }: Target) => {
    const reader = readers.get(account) ?? remember(name => readRole(region, name, ports));
    readers.set(account, reader);
    return reader;
  };
  return candidates.flatMap(candidate => {
    const { target } = candidate.definition;
    return candidate.subject.tasks.flatMap(({ path, members }) =>
      ROLE_MEMBERS.flatMap(member => {
        const arn = readText(members[member]);
        if (!arn) return [];
        const verify = () => verifyRole(arn, target, readerOf(target));
        return [{ check: 'role', target, subject: arn, needed: { candidate, path: [...path, member] }, verify }];
      }),
    );
  });
}

async function verifyRole(
  arn: string,
  target: Target,
  read: (name: string) => Promise<Answer<Role>>,
): Promise<Verdict> {
  const answer = await read(arn.slice(arn.lastIndexOf('/') + 1));
  if ('verdict' in answer) return answer.verdict;
  const role = answer.value;
  if (role.arn !== arn)
    return ng(`is another role than the one of that name, ${role.arn}`, 'Correct its path or account.');
  return judgeTrust(role, target);
}

function judgeTrust({ trustPolicy }: Role, { account, region }: Target): Verdict {
  const trust = readTrust(trustPolicy, { service: SERVICE, account, region });
  if (trust === 'trusted') return ok();
  if (trust === 'refused')
    return ng(`does not trust ${SERVICE}`, `Allow it sts:AssumeRole in the role's trust policy.`);
  return skip(`trusts ${SERVICE} under a condition on ${trust.conditional} alone, which cannot be looked at from here`);
}

function readRole(region: string, name: string, ports: VerifyPorts): Promise<Answer<Role>> {
  const explain = (error: unknown) =>
    hasCode(error, /^NoSuchEntity/)
      ? ng('does not exist', 'Create it, or correct its name in the configuration.')
      : undefined;
  const look = async (call: Call): Promise<Role> => {
    const iam = await ports.aws.iam(region);
    const { Role: role } = await call(() => iam.getRole({ RoleName: name }));
    return { arn: role?.Arn ?? '', trustPolicy: decodeURIComponent(role?.AssumeRolePolicyDocument ?? '{}') };
  };
  return ask({ region, action: 'iam:GetRole', look, explain }, ports);
}
