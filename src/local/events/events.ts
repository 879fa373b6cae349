/** EventBridge: rules of the default event bus whose targets are SQS queues. */
import {
  type Caller,
  type JsonService,
  type LocalContext,
  ServiceError,
  type ServiceRequest,
  type Table,
} from '../model.ts';
import { matchesPattern, parsePattern } from './match-pattern.ts';

/** An event of a service, without what the bus adds. */
export interface ServiceEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export interface EventBus {
  /** Whether anybody would hear of an event: most realms have no rule, and describing a job is work. */
  hasRules(caller: Caller): boolean;
  put(caller: Caller, event: ServiceEvent): void;
}

interface Rule {
  readonly Name: string;
  readonly EventPattern: string;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly Targets: readonly { readonly Id: string; readonly Arn: string }[];
}

export function createEvents(
  { store, clock, uuid }: LocalContext,
  deliver: (queueArn: string, body: string, ruleArn: string) => void,
): { readonly api: JsonService; readonly bus: EventBus } {
  const rules: Table<Rule> = store.table('events.rules');
  const prefixOf = ({ account, region }: Caller) => `${account}/${region}/`;
  const keyOf = (request: Caller, name: string) => prefixOf(request) + name;
  const rulesOf = (caller: Caller) =>
    [...rules.entries()].flatMap(([key, rule]) => (key.startsWith(prefixOf(caller)) ? [rule] : []));
  const require = (request: ServiceRequest, member: string): Rule => {
    const name = requireText(request.input, member);
    const rule = rules.get(keyOf(request, name));
    if (rule) return rule;
    throw new ServiceError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
  };
  return {
    api: {
      name: 'events',
      operations: {
        PutRule(request) {
          const Name = requireText(request.input, 'Name');
          const EventPattern = requireText(request.input, 'EventPattern');
          if (!parsePattern(EventPattern))
            throw new ServiceError('InvalidEventPatternException', 'Event pattern is not valid.');
          const State = request.input['State'] === 'DISABLED' ? 'DISABLED' : 'ENABLED';
          const { Targets = [] } = rules.get(keyOf(request, Name)) ?? {};
          rules.put(keyOf(request, Name), { Name, EventPattern, State, Targets });
          return { RuleArn: arnOf(request, Name) };
        },
        PutTargets(request) {
          const rule = require(request, 'Rule');
          const targets = (request.input['Targets'] ?? []) as Rule['Targets'];
          const ids = new Set(targets.map(({ Id }) => Id));
          const Targets = [...rule.Targets.filter(({ Id }) => !ids.has(Id)), ...targets];
          rules.put(keyOf(request, rule.Name), { ...rule, Targets });
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
        RemoveTargets(request) {
          const rule = require(request, 'Rule');
          const ids = (request.input['Ids'] ?? []) as string[];
          rules.put(keyOf(request, rule.Name), {
            ...rule,
            Targets: rule.Targets.filter(({ Id }) => !ids.includes(Id)),
          });
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
        DeleteRule(request) {
          const name = requireText(request.input, 'Name');
          if ((rules.get(keyOf(request, name))?.Targets.length ?? 0) > 0)
            throw new ServiceError('ValidationException', "Rule can't be deleted since it has targets.");
          rules.delete(keyOf(request, name));
          return undefined;
        },
      },
    },
    bus: {
      hasRules: caller => rules.size > 0 && rulesOf(caller).length > 0,
      put(caller, event) {
        const { account, region } = caller;
        const time = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
        const whole = { version: '0', id: uuid(), ...event, account, region, time };
        for (const { Name, State, EventPattern, Targets } of rulesOf(caller)) {
          const pattern = parsePattern(EventPattern);
          if (State !== 'ENABLED' || !pattern || !matchesPattern(pattern, whole)) continue;
          for (const { Arn } of Targets) deliver(Arn, JSON.stringify(whole), arnOf(caller, Name));
        }
      },
    },
  };
}

function arnOf({ account, region }: Caller, name: string): string {
  return `arn:aws:events:${region}:${account}:rule/${name}`;
}

function requireText(input: Record<string, unknown>, member: string): string {
  const value = input[member];
  if (typeof value === 'string' && value !== '') return value;
  throw new ServiceError(
    'ValidationException',
    `1 validation error detected: Value null at '${member.toLowerCase()}' failed to satisfy constraint: Member must not be null`,
  );
}
