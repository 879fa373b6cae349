import { partitionOf } from '../config/partition.ts';
import { diagnoseRefusal } from '../credentials/diagnose.ts';
import { exchangeToken } from '../credentials/exchange.ts';
import type { RoleRequest } from '../credentials/model.ts';
import { SESSION_NAME } from '../credentials/session-name.ts';
import { writeSession } from '../credentials/session-variables.ts';
import { ConfigurationError, type Problem } from '../errors.ts';
import { integer, text } from '../inputs.ts';
import { reportRefusal, reportSession } from '../report/assume-role.ts';
import { renderText } from '../report/render-text.ts';
import { defineCommand } from './command.ts';

const ROLE = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/[\w+=,.@/-]+$/;
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

const inputs = {
  role: text,
  region: text,
  audience: text,
  'duration-seconds': integer(900, 43_200),
  'session-name': text,
} as const;

/** Takes a role with the job's OIDC token, for the steps after this one; when AWS refuses, says what it saw and what would match. */
export const assumeRoleCommand = defineCommand({
  name: 'assume-role',
  inputs,
  needsGitHub:
    'It takes a role with the OIDC token that GitHub gives to a job, for the steps after it. Use it there as an action; on a terminal take credentials as the AWS CLI does (`aws sso login`, AWS_PROFILE).',
  run: async (given, ports) => {
    const request = readRequest(given);
    const account = request.role.split(':')[4] ?? '';
    const answer = await exchangeToken(request, { ...ports, tokens: ports.identityTokens });
    if ('refusal' in answer) {
      const diagnosis = diagnoseRefusal(request, answer.claims, answer.refusal);
      const report = reportRefusal(diagnosis);
      // A summary is a click away; whoever reads the log should not have to know that.
      ports.notify({ type: 'message', level: 'info', text: renderText(report) });
      const seen = `sub ${answer.claims.sub}, aud ${answer.claims.aud}`;
      return {
        exitCode: 1,
        failure: `${diagnosis.summary}\nThe token has ${seen}. ${diagnosis.causes[0] ?? ''}`.trim(),
        outputs: {},
        report,
        json: diagnosis,
      };
    }
    const { session, sessionName } = answer;
    return {
      exitCode: 0,
      outputs: { account },
      environment: writeSession(session, { ...request, sessionName }),
      report: reportSession(request.role, session),
      json: { account, arn: session.arn, expiresAt: new Date(session.expiresAt).toISOString() },
    };
  },
});

interface Given {
  readonly role: string | undefined;
  readonly region: string | undefined;
  readonly audience: string | undefined;
  readonly 'duration-seconds': number | undefined;
  readonly 'session-name': string | undefined;
}

/** Throws ConfigurationError with everything that is wrong. */
function readRequest({ role = '', region = '', audience, 'session-name': sessionName, ...given }: Given): RoleRequest {
  const [isRole, partition] = ROLE.exec(role) ?? [];
  const isRegion = REGION.test(region);
  const problems: Problem[] = [
    ...(isRole
      ? []
      : [{ message: `input "role" must be a role's ARN, arn:aws:iam::123456789012:role/deploy, not "${role}"` }]),
    ...(isRegion ? [] : [{ message: `input "region" must be a region such as eu-west-1, not "${region}"` }]),
    ...(isRole && isRegion && partitionOf(region) !== partition
      ? [{ message: `the role is in partition ${partition}, but ${region} is in ${partitionOf(region)}` }]
      : []),
    ...(sessionName !== undefined && !SESSION_NAME.test(sessionName)
      ? [{ message: `input "session-name" must have 2 to 64 letters, digits or _+=,.@-, not "${sessionName}"` }]
      : []),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  const durationSeconds = given['duration-seconds'] ?? 3600;
  return { role, region, audience: audience ?? 'sts.amazonaws.com', durationSeconds, sessionName };
}
