import { expect, test } from '@jest/globals';
import { createImageLookup } from '../../src/definitions/image-lookup.ts';
import { portsOn } from './answers.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const HUB = '999999999999.dkr.ecr.eu-central-1.amazonaws.com';

/** Looks images up for a target whose registry is `HUB`, and gives what ECR was asked for. */
function lookUp(...images: readonly string[]) {
  const asked: object[] = [];
  const describeImages = (request: object) => {
    asked.push(request);
    return { imageDetails: [{}] };
  };
  const look = createImageLookup(portsOn({ ecr: { describeImages } }));
  return Promise.all(images.map(image => look({ registry: HUB }, image))).then(found => ({ asked, found }));
}

test('an image is looked for in the account of the registry that the configuration names, once', async () => {
  const image = `${HUB}/models@${DIGEST}`;
  expect(await lookUp(image, image)).toEqual({
    asked: [{ registryId: '999999999999', repositoryName: 'models', imageIds: [{ imageDigest: DIGEST }] }],
    found: [true, true],
  });
});

test.each([
  ['a tag', `${HUB}/models:v1`, 'no digest'],
  ['another registry', `ghcr.io/models@${DIGEST}`, 'in another registry'],
])('nobody is asked for %s', async (_, image, unknown) => {
  expect(await lookUp(image)).toEqual({ asked: [], found: [{ unknown }] });
});
