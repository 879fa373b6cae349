import { type Answer, ask, hasCode, remember } from './ask.ts';
import { type Claim, type Fleet, ng, ok, type VerifyPorts } from './model.ts';

/** The SQS queue that `runs.events` names must exist in its target's region: a run reads it from there. */
export function eventQueueClaims({ targets }: Fleet, ports: VerifyPorts): readonly Claim[] {
  const read = remember(key => readQueue(key, ports));
  return targets.flatMap(target => {
    const subject = target.runs?.events;
    if (subject === undefined) return [];
    const verify = async () => {
      const answer = await read(JSON.stringify([target.region, subject]));
      return 'verdict' in answer ? answer.verdict : ok();
    };
    return [{ check: 'event-queue', target, subject, verify }];
  });
}

function readQueue(key: string, ports: VerifyPorts): Promise<Answer<unknown>> {
  const [region, QueueUrl] = JSON.parse(key) as [string, string];
  return ask(
    {
      region,
      action: 'sqs:GetQueueAttributes',
      look: async call => {
        const sqs = await ports.aws.sqs(region);
        return call(() => sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] }));
      },
      // The second is its code in the query protocol, which the service still answers with.
      explain: error =>
        hasCode(error, /^(QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)$/)
          ? ng(`does not exist in ${region}`, 'Create it, with the rule that sends to it, or correct `runs.events`.')
          : undefined,
    },
    ports,
  );
}
