/** What lets another account read a repository: said in a refusal, in the documentation, and used by the demonstration. */

/** Referrers are listed with the permission of BatchGetImage. */
const READS = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] as const;

/** The statement for the repository policy of the environment that is promoted from; `principal` is who promotes, an ARN. */
export function describeSourceStatement(principal: string) {
  return { Sid: 'BatchwrightPromote', Effect: 'Allow', Principal: { AWS: principal }, Action: READS } as const;
}
