/** Environment and command of one submission, in the form that the kind of job definition wants. */
import type { JobDefinition, KeyValuePair, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { ConfigurationError, errorCode, RemoteError } from '../errors.ts';
import type { AwsPorts } from '../ports.ts';
import { callRemote } from './api-error.ts';
import type { SubmitRequest } from './plan-submit.ts';

export type Overrides = Pick<
  SubmitJobCommandInput,
  'containerOverrides' | 'ecsPropertiesOverride' | 'eksPropertiesOverride' | 'nodeOverrides'
>;
type Asked = Pick<SubmitRequest, 'environment' | 'command'>;

/**
 * Environment goes to every container, the command to the one essential container. Without a definition a plain container is assumed,
 * which most are. Throws ConfigurationError for a command that several containers could mean.
 */
export function planOverrides(definition: JobDefinition | undefined, asked: Asked): Overrides {
  if (isEmpty(asked)) return {};
  if (definition?.ecsProperties) return overrideTask(definition.ecsProperties, asked);
  if (definition?.eksProperties) return overridePod(definition.eksProperties, asked);
  const containerOverrides = overrideContainer(asked);
  if (!definition?.nodeProperties) return { containerOverrides };
  return { nodeOverrides: { nodePropertyOverrides: [{ targetNodes: '0:', containerOverrides }] } };
}

/**
 * The revision as Batch describes it, when something of it is to be overridden. Undefined when nothing is, when Batch does not know it
 * (SubmitJob will say so), or when the role may not look. Throws RemoteError.
 */
export async function readOverridden(
  { region, jobDefinitionArn, ...asked }: SubmitRequest,
  aws: Pick<AwsPorts, 'batch'>,
): Promise<JobDefinition | undefined> {
  if (isEmpty(asked)) return undefined;
  const target = `${jobDefinitionArn.split('/').at(-1)} in ${region}`;
  try {
    const failure = { doing: `describing ${target}`, operation: 'DescribeJobDefinitions', target };
    const { jobDefinitions } = await callRemote(failure, async () =>
      (await aws.batch(region)).describeJobDefinitions({ jobDefinitions: [jobDefinitionArn] }),
    );
    return jobDefinitions?.[0];
  } catch (error) {
    if (error instanceof RemoteError && errorCode(error.cause)?.startsWith('AccessDenied')) return undefined;
    throw error;
  }
}

function isEmpty({ environment, command }: Asked): boolean {
  return Object.keys(environment).length === 0 && command === undefined;
}

function pairs({ environment }: Asked): KeyValuePair[] {
  return Object.entries(environment).map(([name, value]) => ({ name, value }));
}

function overrideContainer(asked: Asked, takesCommand = true) {
  const environment = pairs(asked);
  return {
    ...(environment.length > 0 && { environment }),
    ...(asked.command && takesCommand && { command: [...asked.command] }),
  };
}

function overrideTask({ taskProperties = [] }: NonNullable<JobDefinition['ecsProperties']>, asked: Asked): Overrides {
  const containers = taskProperties.flatMap(task => task.containers ?? []);
  const essential = containers.filter(container => container.essential !== false);
  if (asked.command && essential.length !== 1) {
    throw new ConfigurationError({
      message: `the job definition has ${essential.length} essential containers; which of them should have the smoke test's command?`,
      remedy: 'Leave the command out, or mark the others as not essential.',
    });
  }
  return {
    ecsPropertiesOverride: {
      taskProperties: [
        { containers: containers.map(one => ({ name: one.name, ...overrideContainer(asked, one === essential[0]) })) },
      ],
    },
  };
}

/** Batch's command replaces what Kubernetes calls the arguments: its `command` is the image's entrypoint. */
function overridePod({ podProperties }: NonNullable<JobDefinition['eksProperties']>, asked: Asked): Overrides {
  const { containers = [] } = podProperties ?? {};
  const env = pairs(asked).map(({ name = '', value }) => ({ name, value }));
  const overridden = containers.map(({ name }, at) => ({
    ...(name !== undefined && { name }),
    ...(env.length > 0 && { env }),
    ...(asked.command && at === 0 && { args: [...asked.command] }),
  }));
  return { eksPropertiesOverride: { podProperties: { containers: overridden } } };
}
