/** The secrets and parameters that containers are given, by reference. https://docs.aws.amazon.com/batch/latest/userguide/specifying-sensitive-data.html */
import { readObject, readText } from '../json.ts';
import { readParts } from '../lint/subject.ts';
import type { JsonPath } from '../model.ts';
import type { Candidate } from './model.ts';

export type SecretReference = SecretValueReference | ParameterReference;

interface Place {
  readonly path: JsonPath;
  /** As the definition has it. */
  readonly text: string;
  readonly region: string;
}

export interface SecretValueReference extends Place {
  readonly kind: 'secret';
  readonly id: string;
  readonly jsonKey: string | undefined;
  readonly stage: string | undefined;
  readonly version: string | undefined;
}

export interface ParameterReference extends Place {
  readonly kind: 'parameter';
}

export function secretReferences({ subject, definition }: Candidate): readonly SecretReference[] {
  const parts = subject.tasks.flatMap(({ containers }) =>
    containers.flatMap(({ path, members }) => [
      ...readParts(members['secrets'], [...path, 'secrets']),
      ...readParts(readObject(members['logConfiguration'])['secretOptions'], [
        ...path,
        'logConfiguration',
        'secretOptions',
      ]),
    ]),
  );
  const logins = subject.tasks.flatMap(({ containers }) =>
    containers.map(({ path, members }) => ({
      path: [...path, 'repositoryCredentials', 'credentialsParameter'],
      text: readText(readObject(members['repositoryCredentials'])['credentialsParameter']),
    })),
  );
  const values = parts.map(({ path, members }) => ({
    path: [...path, 'valueFrom'],
    text: readText(members['valueFrom']),
  }));
  return [...values, ...logins].flatMap(({ path, text }) =>
    text ? [parseReference(text, path, definition.target.region)] : [],
  );
}

/** `arn:…:secret:name-AbCdEf[:json-key[:version-stage[:version-id]]]`, the ARN of a parameter, or the name of one in this region. */
function parseReference(text: string, path: JsonPath, here: string): SecretReference {
  const [arn, partition, service, region = '', account, type, name, jsonKey, stage, version] = text.split(':');
  if (arn !== 'arn') return { kind: 'parameter', path, text, region: here };
  if (service !== 'secretsmanager') return { kind: 'parameter', path, text, region };
  return {
    kind: 'secret',
    path,
    text,
    region,
    id: [arn, partition, service, region, account, type, name].join(':'),
    jsonKey: jsonKey || undefined,
    stage: stage || undefined,
    version: version || undefined,
  };
}
