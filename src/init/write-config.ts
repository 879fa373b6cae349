/** `batchwright.yml` of what was imported. */
import { Document, isCollection, isPair, isScalar, visit } from 'yaml';
import type { LintOverride } from '../config/model.ts';
import type { Json } from '../definitions/json.ts';
import { placeOfImage } from './image-place.ts';
import type { Cell, Given } from './model.ts';
import { Filled } from './model.ts';
import { type Placement, placeSetting } from './place-settings.ts';
import type { FactoredGroup, ImportPlan, PlanPorts } from './plan-import.ts';
import { TIER_SETTINGS } from './resources.ts';

export interface ConfigRequest extends ImportPlan {
  readonly project: string;
  /** The template of a group, from the configuration's folder. */
  readonly templateOf: (group: FactoredGroup) => string;
  readonly dockerfile: string | undefined;
  readonly jobQueue: string | undefined;
  /** In place of those that the cells are in: of a file's definition it is not known where it goes. */
  readonly regions?: readonly string[] | undefined;
  readonly lint: Readonly<Record<string, LintOverride>>;
}

type Mapping = Record<string, unknown>;

const HEAD = [
  ' yaml-language-server: $schema=https://raw.githubusercontent.com/batchwright/batchwright/main/batchwright.schema.json',
  '',
  ' Written by `batchwright init`. docs/configuration.md says what else may stand here.',
].join('\n');
/** What a tier must say and a definition did not. */
const STAND_INS = { vcpus: 1, memoryMiB: 2048 } as const;

export function writeConfig(request: ConfigRequest, { registryHost }: Pick<PlanPorts, 'registryHost'>): string {
  const { groups, project, repository, dockerfile, jobQueue } = request;
  const notes = new Map<string, string>();
  const file: Mapping = {
    project,
    image: {
      repository: repository ?? project.toLowerCase(),
      ...(dockerfile !== undefined && dockerfile !== 'Dockerfile' && { docker: { dockerfile } }),
    },
    families: Object.fromEntries(groups.flatMap(group => listFamilies(group, request))),
    tiers: {},
    ...(jobQueue && { jobQueue }),
  };
  const environments = listEnvironments(groups, request);
  const write = (path: readonly string[], value: Json, note: string | undefined) => {
    setAt(file, path, value);
    if (note !== undefined) notes.set(path.join('\n'), note);
  };
  // In the order in which people read them: sizes, roles, variables, places.
  writeTiers(groups, write);
  writeRoles(groups, write);
  writeRegistry(groups, registryHost, write);
  for (const { cells, factored } of groups) {
    for (const { name, values } of factored.variables) place(cells, name, values, write);
  }
  writeGiven(groups, write);
  const { environments: settings = {}, ...rest } = file;
  const whole = { ...rest, environments: mergeEnvironments(environments, settings as Mapping), ...lintOf(request) };
  for (const { note, environment } of accountNotes(groups)) notes.set(`environments\n${environment}\naccount`, note);
  if (!jobQueue) notes.set('environments', QUEUE_NOTE);
  return writeYaml(whole, notes);
}

const QUEUE_NOTE =
  'jobQueue: NAME OF THE JOB QUEUE # A job definition does not say where its jobs go; smoke-test, run and verify must know.';

type Write = (path: readonly string[], value: Json, note?: string) => void;

function place(
  cells: readonly Cell[],
  name: string,
  values: readonly (Json | undefined)[],
  write: Write,
  perTier = false,
): void {
  for (const { path, value } of placeSetting(cells, { values }, perTier)) {
    write([...path, ...name.split('.')], value, noteOf(cells, perTier ? `tier.${name}` : name));
  }
}

function noteOf(cells: readonly Cell[], setting: string): string | undefined {
  return cells.flatMap(({ given }) => given).find(one => one.setting === setting)?.note;
}

function listFamilies(group: FactoredGroup, { templateOf, groups }: ConfigRequest) {
  const environments = new Set(groups.flatMap(({ cells }) => cells.map(({ environment }) => environment)));
  const tiers = new Set(groups.flatMap(({ cells }) => cells.map(({ tier }) => tier)));
  return group.families.map(family => {
    const isEverywhere = (family.environments?.length ?? 0) === environments.size;
    return [
      family.name,
      {
        template: templateOf(group),
        ...(family.jobDefinitionName !== `${family.name}-{tier}` && { jobDefinitionName: family.jobDefinitionName }),
        ...(family.tiers.length < tiers.size && { tiers: family.tiers }),
        ...(!isEverywhere && { environments: family.environments }),
      },
    ] as const;
  });
}

function listEnvironments(groups: readonly FactoredGroup[], { regions }: ConfigRequest): Mapping {
  const cells = groups.flatMap(group => group.cells);
  return Object.fromEntries(
    [...Map.groupBy(cells, ({ environment }) => environment)].map(([name, own]) => [
      name,
      { account: own[0]?.account ?? '', regions: regions ?? [...new Set(own.map(({ region }) => region))] },
    ]),
  );
}

/** Regions are a list until one of them says something of its own. */
function mergeEnvironments(environments: Mapping, settings: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(environments).map(([name, own]) => {
      const { account, regions } = own as { readonly account: string; readonly regions: readonly string[] };
      const { regions: regional, ...rest } = (settings[name] ?? {}) as Mapping & { readonly regions?: Mapping };
      const listed = regional ? Object.fromEntries(regions.map(region => [region, regional[region] ?? null])) : regions;
      return [name, { account, regions: listed, ...rest }];
    }),
  );
}

function writeTiers(groups: readonly FactoredGroup[], write: Write): void {
  for (const { cells, factored } of groups) {
    for (const name of TIER_SETTINGS) {
      const values = factored.tiers.map((tier, index) => amountOf(tier[name], cells[index], `tier.${name}`));
      const isNeeded = name === 'vcpus' || name === 'memoryMiB';
      if (isNeeded && values.includes(undefined)) {
        const note = 'no container of the definition says it, so no job asks for this much';
        for (const [index, value] of values.entries()) values[index] = value ?? STAND_INS[name];
        for (const { path, value } of placeSetting(cells, { values }, true)) write([...path, name], value, note);
      } else place(cells, name, name === 'gpus' ? sometimesNone(values) : values, write, true);
    }
  }
}

/** Where some have GPUs, none is 0: what stands above would be theirs otherwise. */
function sometimesNone(values: readonly (Json | undefined)[]): readonly (Json | undefined)[] {
  return values.every(value => value === undefined) ? values : values.map(value => value ?? 0);
}

function amountOf(value: number | Filled | undefined, cell: Cell | undefined, setting: string): Json | undefined {
  return value instanceof Filled ? cell?.given.find(one => one.setting === setting)?.value : value;
}

function writeRoles(groups: readonly FactoredGroup[], write: Write): void {
  for (const { cells, factored, families } of groups) {
    for (const [role, values = []] of Object.entries(factored.roles)) {
      if (groups.length === 1) place(cells, role, values, write);
      else for (const { name } of families) write(['families', name, role], values[0] ?? '');
    }
  }
}

function writeRegistry(groups: readonly FactoredGroup[], registryHost: PlanPorts['registryHost'], write: Write): void {
  const cells = groups.filter(({ factored }) => factored.usesImage).flatMap(group => group.cells);
  const registries = cells.map(cell => placeOfImage(cell, registryHost)?.registry);
  const [registry] = registries;
  const isUsual = registry === undefined || registry.startsWith('{account}.dkr.ecr.{region}.amazonaws.com');
  if (!isUsual && registries.every(other => other === registry)) write(['registry'], registry);
}

/** What no definition of the group has as a value: roles and variables that a file has a placeholder for. */
function writeGiven(groups: readonly FactoredGroup[], write: Write): void {
  for (const { cells } of groups) {
    const settings = new Set(cells.flatMap(({ given }) => given.map(({ setting }) => setting)));
    for (const setting of settings) {
      if (setting.startsWith('tier.') || setting === 'account' || setting === 'region') continue;
      const find = ({ given }: Cell): Given | undefined => given.find(one => one.setting === setting);
      place(
        cells,
        setting,
        cells.map(cell => find(cell)?.value),
        write,
      );
    }
  }
}

function accountNotes(groups: readonly FactoredGroup[]) {
  return groups.flatMap(({ cells }) =>
    cells.flatMap(cell => {
      const note = noteOf([cell], 'account');
      return note === undefined ? [] : [{ note, environment: cell.environment }];
    }),
  );
}

function lintOf({ lint }: ConfigRequest): Mapping {
  return Object.keys(lint).length === 0 ? {} : { lint };
}

function setAt(file: Mapping, path: Placement['path'], value: Json): void {
  let owner = file;
  for (const step of path.slice(0, -1)) {
    owner[step] = (owner[step] ?? {}) as Mapping;
    owner = owner[step] as Mapping;
  }
  const name = path.at(-1);
  if (name !== undefined) owner[name] = value;
}

const OWN_PARAGRAPH = new Set(['families', 'tiers', 'environments', 'lint']);

/** Notes stand above what they are about; short lists and the size of a tier on one line. */
function writeYaml(file: Mapping, notes: ReadonlyMap<string, string>): string {
  const document = new Document(file);
  document.commentBefore = HEAD;
  visit(document, {
    Pair: (_, pair, ancestors) => {
      const path = [...ancestors, pair].flatMap(nameOf);
      if (!isScalar(pair.key)) return;
      const note = notes.get(path.join('\n'));
      if (note !== undefined) pair.key.commentBefore = ` ${note}`;
      if (path.length === 1) pair.key.spaceBefore = OWN_PARAGRAPH.has(path[0] ?? '');
      const isShort = LISTS.has(path.at(-1) ?? '') || path.at(-2) === 'tiers';
      if (isCollection(pair.value) && isShort && isFlat(pair.value.items)) pair.value.flow = !hasNoteBelow(path, notes);
    },
  });
  return document.toString({ lineWidth: 0 });
}

const LISTS = new Set(['regions', 'tiers', 'environments']);

function isFlat(items: readonly unknown[]): boolean {
  return (
    items.length > 0 &&
    items.every(item => isScalar(isPair(item) ? item.value : item) && !(isPair(item) && isNull(item.value)))
  );
}

function isNull(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function hasNoteBelow(path: readonly string[], notes: ReadonlyMap<string, string>): boolean {
  return [...notes.keys()].some(key => key.startsWith(`${path.join('\n')}\n`));
}

function nameOf(node: unknown): readonly string[] {
  return isPair(node) && isScalar(node.key) ? [String(node.key.value)] : [];
}
