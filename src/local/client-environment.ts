/** The variables that point any SDK, and the AWS CLI from 2.13 on, at a local AWS. */
import { defaultAccount } from './caller.ts';

export const defaultRegion = 'eu-west-1';

export function clientEnvironment(
  url: string,
  account = defaultAccount,
  region = defaultRegion,
): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
