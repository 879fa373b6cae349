/** Which proofs are of the definitions that the configuration names: one image may be what several projects run. Pure. */
import type { Config, TargetConfig } from '../config/model.ts';
import type { Evidence, FoundProof } from './model.ts';

type Definitions = Pick<Config, 'resolveDefinitions'>;

/**
 * A proof of one of the targets counts when its revision is in that target's account and region and bears a name that the configuration
 * gives there; the others become `wrong`. What is of an environment or region that is none of the targets is passed on as it is.
 */
export function pickOwnProofs(evidence: Evidence, targets: readonly TargetConfig[], config: Definitions): Evidence {
  const judged = evidence.proofs.map(proof => ({ proof, reason: findForeign(proof, targets, config) }));
  const wrong = judged.flatMap(({ proof: { stored, jobDefinitionArn, region }, reason }) =>
    reason === undefined
      ? []
      : [{ where: `of ${jobDefinitionArn} in ${region}`, digest: stored.manifest.digest, reason }],
  );
  const own = judged.flatMap(({ proof, reason }) => (reason === undefined ? [proof] : []));
  return { proofs: own, wrong: [...evidence.wrong, ...wrong] };
}

/** `arn:aws:batch:region:account:job-definition/name:revision` */
const REVISION = /^arn:[\w-]+:batch:(?<region>[^:]*):(?<account>[^:]*):job-definition\/(?<name>[^:/]+):\d+$/;

function findForeign(proof: FoundProof, targets: readonly TargetConfig[], config: Definitions): string | undefined {
  const target = targets.find(each => each.environment === proof.environment && each.region === proof.region);
  if (!target) return undefined;
  const place = `${target.environment} in ${target.region}`;
  const { region, account, name } = REVISION.exec(proof.jobDefinitionArn)?.groups ?? {};
  if (region !== target.region || account !== target.account) {
    return `it is of a job definition in account ${account}, ${region}, and ${place} is account ${target.account}`;
  }
  const names = config.resolveDefinitions(target).map(each => each.jobDefinitionName);
  if (name !== undefined && names.includes(name)) return undefined;
  return `it is of job definition ${name}, and the configuration names ${names.join(', ')} for ${place}`;
}
