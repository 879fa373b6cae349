import type { PlannedDefinition, RegistrationPlan } from '../definitions/model.ts';
import type { PlannedRetirement } from '../definitions/plan-retirement.ts';
import type { Block, Cell, Document } from './document.ts';
import { count } from './format.ts';

const WORDS = {
  unchanged: { badge: 'idle', text: 'unchanged' },
  'register-changed': { badge: 'warning', text: 'changed' },
  'register-new': { badge: 'warning', text: 'new' },
} as const;

/** What a registration would do, and nothing done. What differs comes first; what does not is counted and folded away. */
export function reportPlan(
  { definitions }: RegistrationPlan,
  { id, image }: { readonly id: string; readonly image: string },
  retired: readonly PlannedRetirement[] = [],
): Document {
  const differing = definitions.filter(({ action }) => action !== 'unchanged');
  const unchanged = definitions.filter(({ action }) => action === 'unchanged');
  return [
    { type: 'heading', level: 2, content: 'Job definitions: plan' },
    { type: 'paragraph', content: describeTotals(definitions) },
    {
      type: 'paragraph',
      content: [
        'Plan ',
        { code: id },
        image === 'live' ? ', each with its own live image.' : ', image ',
        ...(image === 'live' ? [] : [{ code: image }, '.']),
      ],
    },
    ...(differing.length > 0 ? [planTable(differing)] : []),
    ...groupChanges(differing).map(describeChange),
    ...(unchanged.length > 0 ? [foldUnchanged(unchanged)] : []),
    ...(retired.length > 0 ? [describeRetired(retired)] : []),
  ];
}

function describeRetired(retired: readonly PlannedRetirement[]): Block {
  const names = retired.map(
    ({ config, retire }) =>
      `${config.jobDefinitionName}:${retire.map(({ revision }) => revision).join(', ')} in ${config.region}`,
  );
  return {
    type: 'paragraph',
    content: `deregister would then retire, unless jobs or runs need them: ${names.join('; ')}.`,
  };
}

function describeTotals(definitions: readonly PlannedDefinition[]): Cell {
  const number = (action: PlannedDefinition['action']) => definitions.filter(each => each.action === action).length;
  const [created, changed, unchanged] = [number('register-new'), number('register-changed'), number('unchanged')];
  if (created + changed === 0)
    return [
      { badge: 'good', text: `no changes` },
      `: all ${count(unchanged, 'definition')} are live as they are here.`,
    ];
  const parts = [`${created} new`, `${changed} changed`, `${unchanged} unchanged`];
  return [
    { badge: 'warning', text: `${count(created + changed, 'revision')} would be registered` },
    `: ${parts.join(', ')}.`,
  ];
}

function planTable(definitions: readonly PlannedDefinition[]): Block {
  return {
    type: 'table',
    columns: [
      { title: 'Environment' },
      { title: 'Region' },
      { title: 'Tier' },
      { title: 'Job definition' },
      { title: 'Live revision', align: 'right' },
      { title: 'Plan' },
    ],
    rows: definitions.map(({ definition, action, live }) => [
      definition.target.environment,
      definition.target.region,
      definition.tier,
      definition.name,
      live ? String(live.revision) : 'none',
      WORDS[action],
    ]),
  };
}

function foldUnchanged(definitions: readonly PlannedDefinition[]): Block {
  return {
    type: 'details',
    summary: `${count(definitions.length, 'definition')} unchanged`,
    aside: true,
    blocks: [planTable(definitions)],
  };
}

interface Change {
  readonly definitions: readonly PlannedDefinition[];
  readonly diff: string;
}

/** The same change in many regions and tiers is shown once: the region's name and the account in it are no difference. */
function groupChanges(definitions: readonly PlannedDefinition[]): readonly Change[] {
  const changed = definitions.filter(({ diff }) => diff.length > 0);
  const groups = Map.groupBy(changed, planned => withoutPlace(planned));
  return [...groups].map(([common, alike]) => {
    const [first] = alike;
    return { definitions: alike, diff: alike.length === 1 && first ? first.diff.join('\n') : common };
  });
}

function withoutPlace({ definition, diff }: PlannedDefinition): string {
  const { region, account } = definition.target;
  return diff.join('\n').replaceAll(region, '‹region›').replaceAll(account, '‹account›');
}

function describeChange({ definitions, diff }: Change): Block {
  const [first] = definitions;
  const name = first
    ? `${first.definition.name} in ${first.definition.target.environment} ${first.definition.target.region}`
    : '';
  const summary =
    definitions.length === 1
      ? `What would change in ${name}`
      : `What would change, alike, in ${name} and ${definitions.length - 1} more`;
  const others: Block = {
    type: 'list',
    items: definitions.map(({ definition }) => [
      { code: definition.name },
      ` in ${definition.target.environment} ${definition.target.region}`,
    ]),
  };
  return {
    type: 'details',
    summary,
    blocks: [{ type: 'code', language: 'diff', text: diff }, ...(definitions.length > 1 ? [others] : [])],
  };
}
