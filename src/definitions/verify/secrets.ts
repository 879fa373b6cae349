import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager';
import { nearestName } from '../../nearest-name.ts';
import { type Answer, ask, type Call, hasCode, remember } from './ask.ts';
import { type Claim, type Fleet, ng, ok, skip, type Verdict, type VerifyPorts } from './model.ts';
import { type SecretValueReference, secretReferences } from './secret-references.ts';

type Described = Pick<DescribeSecretCommandOutput, 'DeletedDate' | 'VersionIdsToStages'>;
/** The names of a JSON secret's keys; undefined when it is no JSON object. Never its values. */
type Keys = readonly string[] | undefined;

const CURRENT = 'AWSCURRENT';

/** A secret must exist, not be about to be deleted, and have the version and the JSON key that a definition names. */
export function secretClaims({ candidates }: Fleet, ports: VerifyPorts): readonly Claim[] {
  const describe = remember(key => describeSecret(key, ports));
  const keys = remember(key => readKeys(key, ports));
  return candidates.flatMap(candidate =>
    secretReferences(candidate).flatMap(reference => {
      if (reference.kind !== 'secret') return [];
      const { text: subject, path } = reference;
      const verify = () => verifySecret(reference, describe, keys);
      return [{ check: 'secret', target: candidate.definition.target, subject, needed: { candidate, path }, verify }];
    }),
  );
}

async function verifySecret(
  reference: SecretValueReference,
  describe: (key: string) => Promise<Answer<Described>>,
  keysOf: (key: string) => Promise<Answer<Keys>>,
): Promise<Verdict> {
  const { region, id, jsonKey, stage, version } = reference;
  const described = await describe(JSON.stringify([region, id]));
  const verdict = 'verdict' in described ? described.verdict : judgeVersion(described.value, reference);
  // Who may not describe it may still be able to read it, and then it exists.
  if (jsonKey === undefined || verdict.status === 'NG') return verdict;
  const keys = await keysOf(JSON.stringify([region, id, stage, version]));
  if ('verdict' in keys) return keys.verdict;
  if (keys.value === undefined) return ng(`is no JSON object, so it has no key "${jsonKey}"`);
  if (keys.value.includes(jsonKey)) return ok();
  const near = nearestName(jsonKey, keys.value);
  return ng(`has no JSON key "${jsonKey}"`, near ? `Did you mean "${near}"?` : 'Add it, or correct the reference.');
}

function judgeVersion(
  { DeletedDate, VersionIdsToStages }: Described,
  { stage, version }: SecretValueReference,
): Verdict {
  if (DeletedDate) return ng('is marked for deletion', 'Restore it, or name another.');
  if (VersionIdsToStages === undefined) return skip('its versions are not told');
  const stages = version === undefined ? Object.values(VersionIdsToStages).flat() : VersionIdsToStages[version];
  // Versions without a stage are not told of, and are deleted some day.
  if (stages === undefined) return skip(`version ${version} has no stage, if it exists at all`);
  const wanted = stage ?? (version === undefined ? CURRENT : undefined);
  if (wanted === undefined || stages.includes(wanted)) return ok();
  return ng(wanted === CURRENT ? 'has no value yet' : `has no version at stage ${wanted}`);
}

function describeSecret(key: string, ports: VerifyPorts): Promise<Answer<Described>> {
  const [region, SecretId] = JSON.parse(key) as [string, string];
  const action = 'secretsmanager:DescribeSecret';
  const look = async (call: Call): Promise<Described> => {
    const secrets = await ports.aws.secretsManager(region);
    const { DeletedDate, VersionIdsToStages } = await call(() => secrets.describeSecret({ SecretId }));
    return { ...(DeletedDate && { DeletedDate }), ...(VersionIdsToStages && { VersionIdsToStages }) };
  };
  return ask({ region, action, look, explain: explainMissing }, ports);
}

/** The value is taken apart at once, and only the names of its keys are kept. */
function readKeys(key: string, ports: VerifyPorts): Promise<Answer<Keys>> {
  const [region, SecretId, VersionStage, VersionId] = JSON.parse(key) as [string, string, string | null, string | null];
  const action = 'secretsmanager:GetSecretValue';
  const request = { SecretId, ...(VersionStage && { VersionStage }), ...(VersionId && { VersionId }) };
  const look = async (call: Call): Promise<Keys> => {
    const secrets = await ports.aws.secretsManager(region);
    return keysOf((await call(() => secrets.getSecretValue(request))).SecretString);
  };
  return ask({ region, action, look, explain: explainMissing }, ports);
}

function keysOf(text: string | undefined): Keys {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : undefined;
  } catch {
    // What it could not read would stand in the error's message.
    return undefined;
  }
}

function explainMissing(error: unknown): Verdict | undefined {
  if (!hasCode(error, /^ResourceNotFound/)) return undefined;
  return ng('does not exist', 'Create it, or correct the reference (the six characters at the end belong to it).');
}
