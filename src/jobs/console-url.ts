/** Deep links into the AWS console. */

/** The console's host differs per partition; a region of a partition that has no public console gives undefined. */
function consoleHost(region: string): string | undefined {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn';
  if (region.startsWith('us-gov-')) return 'console.amazonaws-us-gov.com';
  if (/^us-iso|^eu-isoe/.test(region)) return undefined;
  return `${region}.console.aws.amazon.com`;
}

/** The page of a job, or of a child (`parent:index`). */
export function jobUrl(region: string, jobId: string): string | undefined {
  const host = consoleHost(region);
  return host && `https://${host}/batch/home?region=${region}#jobs/detail/${jobId}`;
}

/** The page of a log stream. The console wants its names escaped twice, with `$` for the second `%`. */
export function logStreamUrl(region: string, logGroupName: string, logStreamName: string): string | undefined {
  const host = consoleHost(region);
  const twice = (text: string) => encodeURIComponent(encodeURIComponent(text)).replaceAll('%', '$');
  return (
    host &&
    `https://${host}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(logGroupName)}/log-events/${twice(logStreamName)}`
  );
}
