import { expect, test } from '@jest/globals';
import { commonDigest } from '../../src/definitions/live-release.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const one = (image: string) => ({
  ...{ jobDefinitionName: 'a', jobDefinitionArn: 'a', revision: 1, type: 'container' },
  containerProperties: { image },
});

test.each([
  ['the same in every region', [`a/r@${digest('1')}`, `b/r@${digest('1')}`], digest('1')],
  ['two', [`a/r@${digest('1')}`, `a/r@${digest('2')}`], undefined],
  ['one without a digest beside it', [`a/r@${digest('1')}`, 'a/r:latest'], undefined],
  ['one without a digest before it', ['a/r:latest', `a/r@${digest('1')}`], undefined],
  ['none', [], undefined],
])('the digest that a rollback is told with: %s', (_, images, expected) => {
  expect(commonDigest(images.map(one))).toBe(expected);
});
