/** Parameter Store: parameters with their newest version. */
import { createHash } from 'node:crypto';
import { type JsonService, type LocalContext, ServiceError, type ServiceRequest, type Table } from '../model.ts';

interface Parameter {
  readonly Name: string;
  readonly Type: 'String' | 'StringList' | 'SecureString';
  readonly Value: string;
  readonly Version: number;
  /** Seconds. */
  readonly LastModifiedDate: number;
}

const TYPES = ['String', 'StringList', 'SecureString'] as const;

export function createSsm({ store, clock }: LocalContext): JsonService {
  const parameters: Table<Parameter> = store.table('ssm.parameters');
  const find = (request: ServiceRequest, asked: string): Parameter | undefined => {
    const { name, version } = splitSelector(asked);
    const parameter = parameters.get(keyOf(request, name));
    return version === undefined || parameter?.Version === Number(version) ? parameter : undefined;
  };
  return {
    name: 'ssm',
    operations: {
      PutParameter(request) {
        const parameter = readParameter(request.input, clock.now() / 1000);
        const before = parameters.get(keyOf(request, parameter.Name));
        if (before && request.input['Overwrite'] !== true) throw alreadyExists();
        const Version = (before?.Version ?? 0) + 1;
        parameters.put(keyOf(request, parameter.Name), { ...before, ...parameter, Version });
        return { Version, Tier: 'Standard' };
      },
      GetParameter(request) {
        const parameter = find(request, requireText(request.input, 'Name'));
        if (!parameter) throw new ServiceError('ParameterNotFound', '');
        return { Parameter: describe(request, parameter) };
      },
      GetParameters(request) {
        const names = readNames(request.input);
        const found = names.map(name => ({ name, parameter: find(request, name) }));
        return {
          Parameters: found.flatMap(({ parameter }) => (parameter ? [describe(request, parameter)] : [])),
          InvalidParameters: found.flatMap(({ name, parameter }) => (parameter ? [] : [name])),
        };
      },
      DeleteParameter(request) {
        if (!parameters.delete(keyOf(request, requireText(request.input, 'Name'))))
          throw new ServiceError('ParameterNotFound', '');
        return {};
      },
    },
  };
}

function describe({ account, region, input }: ServiceRequest, parameter: Parameter) {
  const { Name, Type, Value } = parameter;
  const hidden = Type === 'SecureString' && input['WithDecryption'] !== true;
  return {
    ...parameter,
    Value: hidden ? createHash('sha512').update(Value).digest('base64') : Value,
    ARN: `arn:aws:ssm:${region}:${account}:parameter${Name.startsWith('/') ? '' : '/'}${Name}`,
    DataType: 'text',
  };
}

/** `name`, `name:version`, or an ARN, whose name has lost the slash that it may begin with. */
function splitSelector(asked: string): { name: string; version: string | undefined } {
  const [, resource = asked] = /^arn:[\w-]+:ssm:[\w-]+:\d{12}:parameter\/(.+)$/.exec(asked) ?? [];
  const [name = '', version] = resource.split(':');
  return { name, version };
}

function keyOf({ account, region }: ServiceRequest, name: string): string {
  return `${account}/${region}/${name.replace(/^\//, '')}`;
}

function readParameter(input: ServiceRequest['input'], LastModifiedDate: number): Omit<Parameter, 'Version'> {
  const Name = requireText(input, 'Name');
  const Value = requireText(input, 'Value');
  const Type = TYPES.find(type => type === (input['Type'] ?? 'String'));
  if (!/^[\w.\-/]{1,1011}$/.test(Name))
    throw new ServiceError(
      'ValidationException',
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  if (Type === undefined) throw invalid('type', 'satisfy enum value set: [SecureString, StringList, String]');
  return { Name, Value, Type, LastModifiedDate };
}

function readNames(input: ServiceRequest['input']): readonly string[] {
  const { Names: names } = input;
  if (!Array.isArray(names) || names.length === 0) throw invalid('names', 'not be null');
  if (names.length > 10) throw invalid('names', 'have length less than or equal to 10');
  return names.map(String);
}

function requireText(input: ServiceRequest['input'], member: string): string {
  const value = input[member];
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(member.toLowerCase(), 'not be null');
}

function invalid(member: string, constraint: string): ServiceError {
  const message = `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must ${constraint}`;
  return new ServiceError('ValidationException', message);
}

function alreadyExists(): ServiceError {
  const message =
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.';
  return new ServiceError('ParameterAlreadyExists', message);
}
