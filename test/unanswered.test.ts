/** Which failures of a call to AWS are of the way there. */
import { expect, test } from '@jest/globals';
import { describeUnanswered } from '../src/unanswered.ts';

test.each([
  ['one address', new Error('connect ECONNREFUSED 127.0.0.1:4999'), '127.0.0.1:4999'],
  [
    'a name with two',
    new AggregateError([new Error('connect ECONNREFUSED ::1:4999'), new Error('connect ECONNREFUSED 127.0.0.1:4999')]),
    '::1:4999',
  ],
  ['a name that is none', new Error('getaddrinfo ENOTFOUND sts.eu-wst-1.amazonaws.com'), 'sts.eu-wst-1.amazonaws.com'],
])('%s that does not answer is named', (_, error, place) => {
  expect(describeUnanswered(error)).toMatch(`Nothing answers at ${place}. Where AWS_ENDPOINT_URL is set`);
});

test.each([new Error('Could not load credentials from any providers'), undefined, 'x'])('%p is another', error => {
  expect(describeUnanswered(error)).toBeUndefined();
});
