/** From definitions that are there to the groups that share a template. */
import type { Target } from '../config/model.ts';
import type { Notify } from '../events.ts';
import { type Factored, factorTemplate, NotAlikeError } from './factor.ts';
import { splitGroup } from './group-imports.ts';
import { placeOfImage } from './image-place.ts';
import type { Group } from './model.ts';
import { TIER_SETTINGS } from './resources.ts';

export interface FactoredGroup extends Group {
  readonly factored: Factored;
}

export interface ImportPlan {
  readonly groups: readonly FactoredGroup[];
  /** The ECR repository of what is deployed; undefined when no image is in one. */
  readonly repository: string | undefined;
}

export interface PlanPorts {
  readonly registryHost: (target: Target) => string;
  readonly notify: Notify;
}

/** A template with more variables than this, and more than a third of what it says, is a template of nothing. */
const FEW_VARIABLES = 6;

/** Throws nothing: what does not fit into one template gets two. */
export function planImport(grouped: readonly Group[], ports: PlanPorts): ImportPlan {
  const repository = grouped
    .flatMap(({ cells }) => cells.map(cell => placeOfImage(cell, ports.registryHost)?.repository))
    .find(Boolean);
  const alike = grouped.flatMap(group => keepAlike(group));
  const taken = new Set<string>();
  const separate = separateTiers(alike);
  const groups = separate.map((group): FactoredGroup => {
    const foreign = group.cells.find(
      cell => repository !== undefined && placeOfImage(cell, ports.registryHost)?.repository !== repository,
    );
    if (foreign) warnForeign(group, foreign.image, repository ?? '', ports.notify);
    const factored = factorTemplate(group.cells, {
      keepsImage: foreign !== undefined,
      oneRole: separate.length > 1,
      taken,
    });
    for (const { name } of factored.variables) taken.add(name);
    return { ...group, factored };
  });
  return { groups, repository };
}

function warnForeign({ name }: Group, image: unknown, repository: string, notify: Notify): void {
  const text = `${name} runs ${typeof image === 'string' ? image : 'an image'}, which is not in the repository ${repository}; its image was left as it is, and a deployment will not replace it.`;
  notify({ type: 'message', level: 'warning', text });
}

function keepAlike(group: Group): readonly Group[] {
  const tiers = new Set(group.cells.map(({ tier }) => tier));
  try {
    const { variables } = factorTemplate(group.cells);
    const size = countLeaves(group.cells[0]?.request);
    const isFew = variables.length <= FEW_VARIABLES || variables.length * 3 <= size;
    return isFew || tiers.size === 1 ? [group] : splitGroup(group);
  } catch (error) {
    if (!(error instanceof NotAlikeError) || tiers.size === 1) throw error;
    return splitGroup(group);
  }
}

function countLeaves(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, entry) => sum + countLeaves(entry), 0);
}

/** A tier is the same for all families: where one name means two sizes, each family gets tiers of its own. */
function separateTiers(groups: readonly Group[]): readonly Group[] {
  const sizes = groups.flatMap(group => {
    const { tiers } = factorTemplate(group.cells);
    return group.cells.map(({ tier, environment, region }, index) => {
      const size = JSON.stringify(TIER_SETTINGS.map(name => tiers[index]?.[name] ?? null));
      return { group, tier, place: `${environment}/${region}`, size };
    });
  });
  const clashing = [...Map.groupBy(sizes, ({ tier }) => tier)].filter(([, own]) => {
    const families = new Set(own.map(({ group }) => group));
    const places = [...Map.groupBy(own, ({ place }) => place).values()];
    return families.size > 1 && places.some(here => new Set(here.map(({ size }) => size)).size > 1);
  });
  const names = new Set(clashing.map(([tier]) => tier));
  return groups.flatMap(group => (group.cells.some(({ tier }) => names.has(tier)) ? splitGroup(group) : [group]));
}
