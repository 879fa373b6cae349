/** Where the registry of one account in one region is. */

export interface RegistryLocation {
  /** With its port. */
  readonly host: string;
  /** Path before every repository's name, without slashes at its ends; empty on AWS. */
  readonly prefix: string;
}

const ECR_HOST =
  /^(\d{12})\.(?:dkr\.ecr(-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|c2s\.ic\.gov|sc2s\.sgov\.gov)|dkr-ecr(-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))$/;

/**
 * Account and region of an ECR registry's host, the FIPS and dual-stack ones too; undefined for any other host.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
 */
export function parseEcrHost(host: string): { account: string; region: string; fips: boolean } | undefined {
  const [whole, account, fips, region, dualFips, dualRegion] = ECR_HOST.exec(host) ?? [];
  const found = region ?? dualRegion;
  if (whole === undefined || account === undefined || found === undefined) return undefined;
  return { account, region: found, fips: (fips ?? dualFips) !== undefined };
}

/** Splits `127.0.0.1:4566/123456789012/eu-west-1` into host and path. */
export function parseRegistryLocation(text: string): RegistryLocation {
  const [host = '', ...path] = text.split('/');
  return { host, prefix: path.filter(Boolean).join('/') };
}

/** `repository` as the registry's own address has it, its prefix before it. */
export function pathInRegistry({ prefix }: RegistryLocation, repository: string): string {
  return prefix === '' ? repository : `${prefix}/${repository}`;
}

export function describeRepository(location: RegistryLocation, repository: string): string {
  return `${location.host}/${pathInRegistry(location, repository)}`;
}

export function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/.test(host);
}

/** Whether two hosts are the same registry: an ECR registry has a FIPS and a dual-stack name beside its usual one. */
export function isSameRegistry(one: string, other: string): boolean {
  const [left, right] = [parseEcrHost(one), parseEcrHost(other)];
  if (!left || !right) return one === other;
  return left.account === right.account && left.region === right.region;
}
