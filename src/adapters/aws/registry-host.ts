import type { Target } from '../../config/model.ts';

/**
 * The host (and, on the local AWS, path prefix) of a target's registry, without a scheme.
 *
 * On AWS it is `<account>.dkr.ecr.<region>.amazonaws.com` (`.com.cn` in China). When the environment points ECR at a plain-HTTP
 * loopback endpoint, that is the local AWS, whose registry of one account and region is a path prefix on its one port.
 */
export function registryHost(
  { account, region, partition }: Target,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const endpoint = environment['AWS_ENDPOINT_URL_ECR'] ?? environment['AWS_ENDPOINT_URL'];
  if (endpoint && pointsAtLocalAws(endpoint, environment)) {
    return `${new URL(endpoint).host}/${account}/${region}`;
  }
  return `${account}.dkr.ecr.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
}

/** Whether an endpoint from the environment is in force, and is the local AWS: plain HTTP on loopback. */
export function pointsAtLocalAws(
  endpoint: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (endpoint === undefined || environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true') return false;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return url?.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
