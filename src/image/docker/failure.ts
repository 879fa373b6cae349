/** Why a build failed, from what docker printed. */
import { ConfigurationError, RemoteError } from '../../errors.ts';

/** How many lines the error repeats. */
const TAIL = 20;

export interface FailedBuild {
  /** All that was printed last, oldest first. */
  readonly lines: readonly string[];
  readonly dockerfile: string;
  readonly dockerfileText: string;
  readonly exitCode: number;
  readonly tag: string;
}

/**
 * A step of the Dockerfile that failed is the user's to mend: a ConfigurationError at the step's line, with the last lines. Whatever
 * else is a RemoteError.
 */
export function describeFailedBuild(failed: FailedBuild): Error {
  const { lines, dockerfile, exitCode, tag } = failed;
  const text = lines.join('\n');
  const step = failedStep(lines);
  const line =
    parseErrorLine(text) ??
    reportedLine(lines) ??
    (step === undefined ? undefined : findLine(step, failed.dockerfileText));
  if (step === undefined && line === undefined) {
    const failure = { doing: `Building ${tag}`, operation: 'docker build', target: tag, code: `exit code ${exitCode}` };
    return new RemoteError({ ...failure, remedy: remedyFor(text) }, lastLines(lines) || 'docker printed nothing');
  }
  return new ConfigurationError({
    message: `The build failed${step === undefined ? '' : ` at "${step}"`}:\n${lastLines(lines)}`,
    ...(line === undefined ? {} : { position: { path: dockerfile, line, column: 1 } }),
  });
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /multi-platform build is not supported/i,
    'Give buildx a builder that can: docker/setup-buildx-action, or docker buildx create --use.',
  ],
  [
    /cannot connect to the docker daemon|is the docker daemon running/i,
    'Start the Docker daemon, or set "builder: layer", which needs none.',
  ],
  [/permission denied.*docker\.sock|docker\.sock.*permission denied/i, 'Add the user to the group "docker".'],
  [/no space left on device/i, 'Free some space: docker system prune.'],
  [/toomanyrequests|rate limit/i, "Docker Hub's limit: log in to it, or take the base image from ECR."],
];

function remedyFor(text: string): string | undefined {
  return REMEDIES.find(([pattern]) => pattern.test(text))?.[1];
}

/** BuildKit repeats the failed step as ` > [2/3] RUN make:`; the old builder says `Step 2/3 : RUN make` before each. */
function failedStep(lines: readonly string[]): string | undefined {
  const buildkit = lines.findLast(line => /^ > \[.*\] .+:$/.test(line));
  if (buildkit !== undefined) return buildkit.replace(/^ > \[[^\]]*\] /, '').slice(0, -1);
  return lines.findLast(line => /^Step \d+\/\d+ : /.test(line))?.replace(/^Step \d+\/\d+ : /, '');
}

function parseErrorLine(text: string): number | undefined {
  const [, line] = /dockerfile parse error (?:on )?line (\d+)/i.exec(text) ?? [];
  return line === undefined ? undefined : Number(line);
}

/** Newer versions print `Dockerfile:2` above an excerpt. */
function reportedLine(lines: readonly string[]): number | undefined {
  const found = lines.findLast(line => /^[^\s:#]*:\d+$/.test(line));
  return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(':') + 1));
}

/** The line of the Dockerfile that begins as the step does, as far as the two can be compared: steps have variables filled in. */
function findLine(step: string, dockerfileText: string): number | undefined {
  const wanted = normalise(step);
  const candidates = dockerfileText.split('\n').map((text, index) => ({ text: normalise(text), line: index + 1 }));
  const written = candidates.filter(({ text }) => text !== '' && !text.startsWith('#'));
  const exact = written.find(({ text }) => wanted.startsWith(text.replace(/ ?\\$/, '')) && text.includes(' '));
  return exact?.line;
}

function normalise(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

function lastLines(lines: readonly string[]): string {
  return lines
    .filter(line => line.trim() !== '')
    .slice(-TAIL)
    .join('\n');
}
