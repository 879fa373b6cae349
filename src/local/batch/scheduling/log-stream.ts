/** Where a container's lines go. https://docs.aws.amazon.com/batch/latest/userguide/using_cloudwatch_logs.html */
import type { LogConfiguration } from '@aws-sdk/client-batch';

export interface LogStream {
  readonly region: string;
  readonly group: string;
  readonly stream: string;
}

/** undefined: another driver takes them, and CloudWatch Logs sees nothing. */
export function logStreamOf(
  configuration: LogConfiguration | undefined,
  place: {
    readonly region: string;
    readonly definitionName: string;
    readonly container: string;
    readonly taskId: string;
  },
): LogStream | undefined {
  if (configuration && configuration.logDriver !== 'awslogs') return undefined;
  const options = configuration?.options ?? {};
  const prefix = options['awslogs-stream-prefix'] ?? place.definitionName;
  return {
    region: options['awslogs-region'] ?? place.region,
    group: options['awslogs-group'] ?? '/aws/batch/job',
    stream: `${prefix}/${place.container}/${place.taskId}`,
  };
}
