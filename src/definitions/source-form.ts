/** The forms in which people keep job definitions, each turned into a RegisterJobDefinition request. */
import type { JsonPath, JsonValue } from '../templates/model.ts';

export interface SourceForm {
  readonly request: Readonly<Record<string, JsonValue>>;
  /** Where in the source the request's value at `path` stands. */
  readonly sourcePath: (path: JsonPath) => JsonPath;
  /** What was done to it, when it was no plain register request. */
  readonly notice?: string | undefined;
}

type Mapping = Readonly<Record<string, JsonValue>>;

const PROPERTIES = ['containerProperties', 'ecsProperties', 'eksProperties', 'nodeProperties'];
/** https://docs.aws.amazon.com/batch/latest/APIReference/API_JobDefinition.html: answered, and refused in a request. */
const DESCRIBE_ONLY = ['jobDefinitionArn', 'revision', 'status', 'containerOrchestrationType'];

/** Gives one sentence instead, when it is none of the forms. */
export function readSourceForm(rendered: JsonValue): SourceForm | string {
  if (!isMapping(rendered)) return 'a job definition must be a JSON object';
  const described = rendered['jobDefinitions'];
  if (Array.isArray(described)) {
    const [only] = described as readonly JsonValue[];
    if (described.length !== 1 || !isMapping(only)) {
      return `this describe output holds ${described.length} job definitions; keep one`;
    }
    return readDescribed(only, ['jobDefinitions', 0]);
  }
  if ('jobDefinitionArn' in rendered || ('revision' in rendered && 'status' in rendered))
    return readDescribed(rendered, []);
  if ('image' in rendered && !['type', 'jobDefinitionName', ...PROPERTIES].some(key => key in rendered))
    return readBare(rendered);
  return { request: dropComments(rendered), sourcePath: path => path };
}

function readBare(rendered: Mapping): SourceForm {
  return {
    request: { type: 'container', containerProperties: dropComments(rendered) },
    sourcePath: path => (path[0] === 'containerProperties' ? path.slice(1) : []),
    notice: 'holds containerProperties alone; they were made a register request of type container',
  };
}

function readDescribed(definition: Mapping, prefix: JsonPath): SourceForm {
  const kept = Object.entries(definition).filter(
    ([key]) => !DESCRIBE_ONLY.includes(key) && key !== 'jobDefinitionName',
  );
  const request = dropDescribeOnly(dropComments(Object.fromEntries(kept)));
  return {
    request,
    sourcePath: path => [...prefix, ...path],
    notice:
      'is a describe output; what only an answer holds was left out, and the name is the one in the configuration',
  };
}

/** Tags of AWS's own, the stamp of an earlier registration, and members that stand deeper and a request does not know. */
function dropDescribeOnly(request: Mapping): Mapping {
  const { tags, ...rest } = request;
  const own = isMapping(tags)
    ? Object.entries(tags).filter(([key]) => !/^(aws|batchwright):/.test(key) && key !== 'resourceArn')
    : [];
  const cleaned = mapDeep(rest, key => key !== 'interfaceConfigurations');
  return tags === undefined ? cleaned : { ...cleaned, tags: Object.fromEntries(own) };
}

/** Keys that people write for each other; below the user's own maps they are ordinary names. */
function dropComments(mapping: Mapping): Mapping {
  return mapDeep(mapping, key => !COMMENTS.has(key));
}

const COMMENTS = new Set(['_comment', 'comment', '$schema']);
const USER_MAPS = new Set([
  'tags',
  'parameters',
  'options',
  'driverOpts',
  'labels',
  'annotations',
  'limits',
  'requests',
]);

/** Without the keys that are not kept, at every depth but below the user's own maps. What loses nothing is given back itself. */
function mapDeep(mapping: Mapping, keep: (key: string) => boolean): Mapping {
  let changed = false;
  const entries: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(mapping)) {
    const kept = USER_MAPS.has(key) ? value : visitDeep(value, keep);
    changed ||= kept !== value || !keep(key);
    if (keep(key)) entries.push([key, kept]);
  }
  return changed ? Object.fromEntries(entries) : mapping;
}

function visitDeep(value: JsonValue, keep: (key: string) => boolean): JsonValue {
  if (!Array.isArray(value)) return isMapping(value) ? mapDeep(value, keep) : value;
  const items = (value as readonly JsonValue[]).map(item => visitDeep(item, keep));
  return items.some((item, index) => item !== value[index]) ? items : value;
}

function isMapping(value: JsonValue | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
