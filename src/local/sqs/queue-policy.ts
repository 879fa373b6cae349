/**
 * Whether a queue's policy lets an EventBridge rule send to it: nobody but the queue's own account may without one.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
 */
import { matchesPattern } from '../../policy-pattern.ts';
import { isRecord } from '../json.ts';
import { holds } from '../policy-conditions.ts';
import { asTexts, namesAction, readStatements, type Statement } from '../policy-document.ts';

const EVENTS = 'events.amazonaws.com';

/** One statement that allows it and none that denies it. */
export function letsSend(policyText: string, queueArn: string, { ruleArn }: { readonly ruleArn: string }): boolean {
  const [, , , , account = ''] = ruleArn.split(':');
  const context = { 'aws:sourcearn': [ruleArn], 'aws:sourceaccount': [account] };
  const matching = readStatements(policyText).filter(statement => concerns(statement, queueArn));
  const holding = (effect: string) =>
    matching.some(statement => statement['Effect'] === effect && holds(statement, context, effect === 'Deny'));
  return holding('Allow') && !holding('Deny');
}

function concerns({ Principal: principal, Action: action, Resource: resource }: Statement, queueArn: string): boolean {
  const names = isRecord(principal)
    ? [...asTexts(principal['Service']), ...asTexts(principal['AWS']).filter(name => name === '*')]
    : asTexts(principal);
  return (
    names.some(name => name === '*' || name === EVENTS) &&
    namesAction(action, 'sqs:SendMessage') &&
    asTexts(resource).some(pattern => matchesPattern(pattern, queueArn))
  );
}
