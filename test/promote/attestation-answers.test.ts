/** What of the answers of `gh attestation verify` is a proof, and what a refusal says. */
import { expect, test } from '@jest/globals';
import type { ToolkitEvent } from '../../src/events.ts';
import type { OpenedRepository } from '../../src/image/registries.ts';
import type { CommandPort } from '../../src/ports.ts';
import { verifyAttestations } from '../../src/promote/attestation.ts';
import type { Proof } from '../../src/promote/model.ts';
import { describeStatement } from '../../src/promote/statement.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const IMAGE = {
  name: 'models',
  address: 'registry/models',
  location: { host: 'registry' },
  authorization: { token: async () => ({ username: 'AWS', password: 'p' }) },
} as unknown as OpenedRepository;

async function verify(run: CommandPort['run'], signer?: string) {
  const events: ToolkitEvent[] = [];
  const removed: string[] = [];
  const request = { image: IMAGE, digest: DIGEST, repositoryUrl: 'https://github.com/m/m', token: 't', signer };
  const ports = {
    command: { run },
    dockerConfig: { create: async () => ({ path: '/d', remove: async () => void removed.push('/d') }) },
    notify: (event: ToolkitEvent) => void events.push(event),
  };
  const proofs = await verifyAttestations(request, ports).finally(() => expect(removed).toEqual(['/d']));
  return { proofs, warnings: events.flatMap(event => (event.type === 'message' ? [event.text] : [])) };
}
const saying = (answer: { exitCode?: number; stdout?: string; stderr?: string }) => async () => ({
  exitCode: 0,
  stdout: '',
  stderr: '',
  ...answer,
});

const proof: Proof = {
  environment: 'test',
  region: 'eu-west-1',
  digest: DIGEST,
  result: 'PASSED',
  jobDefinitionArn: 'arn:aws:batch:eu-west-1:111122223333:job-definition/models-small:7',
  verdict: 'passed',
  endedAt: Date.parse('2026-11-29T09:00:00Z'),
  passedTests: [],
  failedTests: [],
};
const statement = JSON.parse(describeStatement([proof], DIGEST, 'models')) as object;

test.each<[string, unknown, number, readonly (string | RegExp)[]]>([
  ['a proof', [{ verificationResult: { statement } }], 1, []],
  ['no list', { verificationResult: { statement } }, 0, []],
  [
    'a statement of another kind',
    [{ verificationResult: { statement: { ...statement, predicateType: 'https://slsa.dev/provenance/v1' } } }],
    0,
    [],
  ],
  [
    'an entry without a result, before a proof',
    [{}, { verificationResult: { statement } }],
    1,
    [/is signed, but no proof: /],
  ],
  ['an entry that is none', [null], 0, [/is signed, but no proof: /]],
])('an answer that holds %s', async (_, answer, count, told) => {
  const { proofs, warnings } = await verify(saying({ stdout: JSON.stringify(answer) }));
  expect(proofs).toHaveLength(count);
  expect(warnings).toEqual(told.map(words => expect.stringMatching(words)));
});

test.each<[string, Parameters<typeof saying>[0], string]>([
  ['its errors', { exitCode: 1, stderr: 'HTTP 403\n', stdout: 'x' }, 'HTTP 403'],
  ['its output, where it has no errors', { exitCode: 1, stdout: 'not found\n' }, 'not found'],
  ['its exit code, where it says nothing', { exitCode: 4 }, 'exit code 4'],
])('a refusal is told with %s', async (_, answer, said) => {
  await expect(verify(saying(answer))).rejects.toThrow(
    `verifying that the smoke test of models@${DIGEST} is signed by https://github.com/m/m: ${said}. Let the deploy`,
  );
});

test('a refusal names the signer that was demanded, and its input', async () => {
  const refusal = verify(saying({ exitCode: 1, stderr: 'no' }), 'o/r');
  await expect(refusal).rejects.toThrow(/is signed by o\/r: no\..*and `attestation-signer`, which is who signed/);
});

test('what is no missing program is told as it is', async () => {
  const broken = verify(() => Promise.reject(new Error('EMFILE: too many open files')));
  await expect(broken).rejects.toThrow(/^EMFILE: too many open files$/);
});
