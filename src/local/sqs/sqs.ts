/** SQS: standard queues, with long polling and visibility timeouts, as far as a consumer of events needs them. */
import { createHash } from 'node:crypto';
import { type Caller, type JsonService, type LocalContext, ServiceError, type ServiceRequest } from '../model.ts';
import { readStatements } from '../policy-document.ts';
import { letsSend } from './queue-policy.ts';
import { type Message, openQueues, type Queue } from './queues.ts';

export interface Sqs {
  readonly api: JsonService;
  /** A message from a rule, to a queue by its ARN; one to a queue that is not there, or does not let the rule, is lost, as on AWS. */
  deliver(queueArn: string, body: string, ruleArn: string): void;
}

/** Bytes. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const LONGEST = 1_048_576;
const LONGEST_DELAY_SECONDS = 900;
const MOST_MESSAGES = 10;

export function createSqs(context: LocalContext): Sqs {
  const queues = openQueues(context);
  const urlOf = ({ account }: Caller, name: string) => `${context.endpoint()}/${account}/${name}`;
  const find = (request: ServiceRequest): Queue => {
    const name = requireText(request.input, 'QueueUrl').split('/').at(-1) ?? '';
    return queues.find(request, name) ?? noQueue();
  };
  const batch = (request: ServiceRequest, work: (entry: Record<string, unknown>) => void) => {
    const entries = request.input['Entries'];
    if (!Array.isArray(entries) || entries.length === 0)
      throw new ServiceError('EmptyBatchRequest', 'There should be at least one entry in the request.');
    if (entries.length > MOST_MESSAGES)
      throw new ServiceError(
        'TooManyEntriesInBatchRequest',
        `Maximum number of entries per request are ${MOST_MESSAGES}. You have sent ${entries.length}.`,
      );
    for (const entry of entries as Record<string, unknown>[]) work(entry);
    return { Successful: (entries as Record<string, unknown>[]).map(({ Id }) => ({ Id })), Failed: [] };
  };
  return {
    api: {
      name: 'sqs',
      operations: {
        CreateQueue(request) {
          const name = requireText(request.input, 'QueueName');
          if (!/^[\w-]{1,80}$/.test(name))
            throw invalid('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
          const attributes = readAttributes(request.input);
          const there = queues.find(request, name);
          if (there && Object.entries(attributes).some(([key, value]) => there.attributes[key] !== value))
            throw new ServiceError(
              'QueueNameExists',
              'A queue already exists with the same name and a different value for attribute(s)',
            );
          queues.create(request, name, attributes);
          return { QueueUrl: urlOf(request, name) };
        },
        GetQueueUrl(request) {
          const name = requireText(request.input, 'QueueName');
          if (!queues.find(request, name)) noQueue();
          return { QueueUrl: urlOf(request, name) };
        },
        GetQueueAttributes(request) {
          const queue = find(request);
          const all = queue.describe();
          const names = (request.input['AttributeNames'] ?? []) as string[];
          const wanted = names.includes('All') ? Object.keys(all) : names;
          return { Attributes: Object.fromEntries(wanted.flatMap(name => (name in all ? [[name, all[name]]] : []))) };
        },
        SetQueueAttributes(request) {
          find(request).configure(readAttributes(request.input));
          return undefined;
        },
        SendMessage(request) {
          const body = requireText(request.input, 'MessageBody');
          if (Buffer.byteLength(body) > LONGEST)
            throw invalid(`One or more parameters are invalid. Reason: Message must be shorter than ${LONGEST} bytes.`);
          const queue = find(request);
          const delay = readNumber(
            request.input,
            'DelaySeconds',
            Number(queue.attributes['DelaySeconds'] ?? 0),
            0,
            LONGEST_DELAY_SECONDS,
          );
          const { id } = queue.send(body, delay * 1000);
          return { MessageId: id, MD5OfMessageBody: md5(body) };
        },
        async ReceiveMessage(request) {
          const queue = find(request);
          const { input } = request;
          const most = readNumber(input, 'MaxNumberOfMessages', 1, 1, MOST_MESSAGES);
          const wait = readNumber(
            input,
            'WaitTimeSeconds',
            Number(queue.attributes['ReceiveMessageWaitTimeSeconds'] ?? 0),
            0,
            20,
          );
          const hidden = readNumber(
            input,
            'VisibilityTimeout',
            Number(queue.attributes['VisibilityTimeout'] ?? 30),
            0,
            43_200,
          );
          const messages = await queue.receive(most, wait * 1000, hidden * 1000);
          return messages.length > 0 ? { Messages: messages.map(describe) } : {};
        },
        DeleteMessage(request) {
          find(request).delete(requireText(request.input, 'ReceiptHandle'));
          return undefined;
        },
        DeleteMessageBatch(request) {
          const queue = find(request);
          return batch(request, entry => queue.delete(String(entry['ReceiptHandle'])));
        },
        ChangeMessageVisibility(request) {
          const hidden = readNumber(request.input, 'VisibilityTimeout', 30, 0, 43_200);
          find(request).hide(requireText(request.input, 'ReceiptHandle'), hidden * 1000);
          return undefined;
        },
        PurgeQueue(request) {
          find(request).purge();
          return undefined;
        },
      },
      async stop() {
        queues.close();
      },
    },
    deliver(queueArn, body, ruleArn) {
      const [, , , region = '', account = '', name = ''] = queueArn.split(':');
      const queue = queues.find({ account, region }, name);
      const policyText = queue?.attributes['Policy'];
      if (policyText && letsSend(policyText, queueArn, { ruleArn })) queue?.send(body, 0);
    },
  };
}

function describe({ id, body, receipt, receives, sentAt }: Message) {
  return {
    MessageId: id,
    ReceiptHandle: receipt,
    MD5OfBody: md5(body),
    Body: body,
    Attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(sentAt) },
  };
}

function readAttributes(input: Record<string, unknown>): Record<string, string> {
  const attributes = (input['Attributes'] ?? {}) as Record<string, string>;
  const { Policy: policy = '' } = attributes;
  try {
    // An empty one takes the policy away.
    if (policy) readStatements(policy);
    return attributes;
  } catch {
    throw new ServiceError('InvalidAttributeValue', 'Invalid value for the parameter Policy.');
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function requireText(input: Record<string, unknown>, member: string): string {
  const value = input[member];
  if (typeof value === 'string' && value !== '') return value;
  throw new ServiceError('MissingParameter', `The request must contain the parameter ${member}.`);
}

function readNumber(
  input: Record<string, unknown>,
  member: string,
  otherwise: number,
  least: number,
  most: number,
): number {
  const value = input[member] ?? otherwise;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw invalid(
    `Value ${String(value)} for parameter ${member} is invalid. Reason: Must be >= ${least} and <= ${most}, if provided.`,
  );
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValue', message);
}

function noQueue(): never {
  throw new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.');
}
