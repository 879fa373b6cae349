import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../../src/errors.ts';
import { describeFailedBuild } from '../../../src/image/docker/failure.ts';

const DOCKERFILE =
  'FROM base:1\n# RUN pip install x\nARG V=1\nCOPY a /a\nRUN   pip install x==$V \\\n    y\nRUNE bad\n';

function fail(output: string): Error {
  const lines = output.split('\n');
  return describeFailedBuild({
    lines,
    dockerfile: 'm/Dockerfile',
    dockerfileText: DOCKERFILE,
    exitCode: 1,
    tag: 'h/app:v1',
  });
}
const positionOf = (error: Error): number | undefined =>
  error instanceof ConfigurationError ? error.problems[0]?.position?.line : undefined;

describe('a failed build', () => {
  // As docker 20.10 and buildx 0.12 and later print them.
  test.each([
    [
      'a RUN, of BuildKit in docker 20.10',
      '#5 [2/2] RUN ["/nope"]\n#5 ERROR: executor failed running\n------\n > [2/2] RUN pip install x==$V   y:\n------\nexecutor failed running [/bin/sh -c pip]: exit code: 1',
      5,
      'at "RUN pip install x==$V   y"',
    ],
    [
      'a COPY, of BuildKit',
      ' > [1/1] COPY a /a:\n------\nERROR: failed to solve: failed to compute cache key: "/a" not found: not found',
      4,
      'at "COPY a /a"',
    ],
    [
      'a step whose line is said',
      ' > [runtime 2/3] RUN x:\n#7 0.1 boom\n------\nDockerfile:12\n--------------------\n  11 |\n  12 | >>> RUN x\nERROR: failed to solve: exit code: 2',
      12,
      'at "RUN x"',
    ],
    [
      'a line that cannot be parsed',
      'ERROR: failed to solve: dockerfile parse error line 7: unknown instruction: RUNE',
      7,
      'unknown instruction: RUNE',
    ],
    [
      'a parse error as it is put now',
      'ERROR: failed to solve: dockerfile parse error on line 7: unknown instruction',
      7,
      'unknown',
    ],
    [
      'a step of the old builder',
      'Step 1/3 : FROM base:1\n ---> 1\nStep 2/3 : COPY a /a\nCOPY failed: file not found in build context',
      4,
      'at "COPY a /a"',
    ],
    [
      'a step with variables that cannot be found again',
      ' > [2/2] RUN echo 1:\nERROR: exit code: 1',
      undefined,
      'at "RUN echo 1"',
    ],
  ])('is shown at %s', (_, output, line, text) => {
    const error = fail(output);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(positionOf(error)).toBe(line);
    expect(error.message).toContain(text);
    if (line !== undefined) expect(error.message).toMatch(new RegExp(`^m/Dockerfile:${line}:1: The build failed`));
  });

  test.each([
    [
      'ERROR: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
      'Start the Docker daemon',
    ],
    ['ERROR: Multi-platform build is not supported for the docker driver.', 'docker/setup-buildx-action'],
    ['permission denied while trying to connect to /var/run/docker.sock', 'the group "docker"'],
    ['write /x: no space left on device', 'docker system prune'],
    ['toomanyrequests: You have reached your pull rate limit', 'take the base image from ECR'],
  ])('of Docker itself has a remedy: %s', (output, remedy) => {
    const error = fail(output);
    expect(error).toMatchObject({
      name: 'RemoteError',
      operation: 'docker build',
      target: 'h/app:v1',
      code: 'exit code 1',
    });
    expect(error.message).toContain(output.replace(/[.?]$/, ''));
    expect(error.message).toContain(remedy);
  });

  test('repeats the last twenty lines and no empty ones', () => {
    const output = Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join('\n');
    const { message } = fail(output);
    expect(message).toContain('line 80\nline 81\n');
    expect(message).not.toContain('line 79\n');
  });

  test('that said nothing says so', () => {
    expect(fail('\n').message).toContain('docker printed nothing');
  });
});
