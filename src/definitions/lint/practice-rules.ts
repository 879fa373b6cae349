import { isJsonObject, readObject } from '../json.ts';
import { type DefinitionRule, type FleetRule, guide, IN_THE_WILD } from './rule.ts';

/** What runs, and surprises. */
export const PRACTICE_RULES: readonly DefinitionRule[] = [
  {
    name: 'no-log-configuration',
    level: 'warning',
    description: 'Without logConfiguration a job logs to /aws/batch/job, among all others and kept for ever.',
    source: `${guide('using_awslogs')}; ${IN_THE_WILD}`,
    check: ({ containers }, report) => {
      for (const { kind, path, members } of containers) {
        if (kind !== 'eks' && !isJsonObject(members['logConfiguration'])) {
          report(path, 'no `logConfiguration`: it logs to /aws/batch/job with everybody else');
        }
      }
    },
  },
  {
    name: 'privileged',
    level: 'warning',
    description:
      'A privileged container is root on its host, which other jobs share; with a read-only root it is a contradiction.',
    source: IN_THE_WILD,
    check: ({ containers }, report) => {
      for (const { kind, path, members } of containers) {
        const owner = kind === 'eks' ? readObject(members['securityContext']) : members;
        if (owner['privileged'] !== true) continue;
        const readOnly = owner['readonlyRootFilesystem'] === true || owner['readOnlyRootFilesystem'] === true;
        const place = kind === 'eks' ? [...path, 'securityContext', 'privileged'] : [...path, 'privileged'];
        report(
          place,
          readOnly
            ? 'privileged with a read-only root: a privileged process can write it anyway'
            : 'a privileged container is root on its host',
        );
      }
    },
  },
];

export const FLEET_RULES: readonly FleetRule[] = [
  {
    name: 'shared-name',
    level: 'error',
    description:
      'One name for two definitions of the same account and region, so that each registration replaces the other.',
    source: IN_THE_WILD,
    checkAll: (definitions, report) => {
      const places = Map.groupBy(definitions, ({ target, name }) => `${target.account}/${target.region}/${name}`);
      for (const same of places.values()) {
        for (const definition of same.slice(1)) {
          const [first] = same;
          const other = first && `${first.target.environment}, family ${first.family}, tier ${first.tier}`;
          report(
            definition,
            ['jobDefinitionName'],
            `"${definition.name}" is also the name for ${other}; each would replace the other`,
          );
        }
      }
    },
  },
];
