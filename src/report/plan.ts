import type { RegistrationPlan } from '../definitions/model.ts';
import type { Block, Document } from './document.ts';

const WORDS = {
  unchanged: { badge: 'idle', text: 'unchanged' },
  'register-changed': { badge: 'warning', text: 'changed: would be registered' },
  'register-new': { badge: 'warning', text: 'new: would be registered' },
} as const;

/** What a registration would do, and nothing done. */
export function reportPlan({ definitions }: RegistrationPlan): Document {
  return [
    { type: 'heading', level: 2, content: 'Job definitions: plan' },
    {
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
    },
    ...definitions
      .filter(({ diff }) => diff.length > 0)
      .map(
        ({ definition, diff }): Block => ({
          type: 'details',
          summary: `What would change in ${definition.name} in ${definition.target.region}`,
          blocks: [{ type: 'code', language: 'diff', text: diff.join('\n') }],
        }),
      ),
  ];
}
