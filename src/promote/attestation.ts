/** Signatures on the proofs: GitHub's attestations, verified by its own command line. */
import { ConfigurationError, RemoteError } from '../errors.ts';
import type { Notify } from '../events.ts';
import type { OpenedRepository } from '../image/registries.ts';
import type { CommandPort, DockerConfigPort } from '../ports.ts';
import type { Proof } from './model.ts';
import { PREDICATE_TYPE, parseStatement, StatementError } from './statement.ts';

export interface AttestationRequest {
  readonly image: OpenedRepository;
  readonly digest: string;
  /** `https://github.com/owner/name`, where the image was built. */
  readonly repositoryUrl: string;
  /** `owner/name`, or `owner/name/.github/workflows/file.yml`, of the reusable workflow that signs; undefined: the repository's own. */
  readonly signer?: string | undefined;
  readonly token: string;
}

export interface AttestationPorts {
  readonly command: CommandPort;
  readonly dockerConfig: DockerConfigPort;
  readonly notify: Notify;
  readonly signal?: AbortSignal | undefined;
}

/** Newest first, as GitHub lists them. */
const MOST_ATTESTATIONS = 100;

/**
 * The proofs that are signed for: `gh attestation verify` checks the signature, who signed, and that it is about this image; what was
 * signed is read from its answer, since a failed test is signed as well. Throws ConfigurationError when there is no `gh`, RemoteError when
 * it refuses. https://cli.github.com/manual/gh_attestation_verify
 */
export async function verifyAttestations(
  request: AttestationRequest,
  ports: AttestationPorts,
): Promise<readonly Proof[]> {
  const { image, digest, token } = request;
  const { username, password } = await image.authorization.token();
  const docker = await ports.dockerConfig.create([{ host: image.location.host, username, password }]);
  try {
    const environment = {
      GH_TOKEN: token,
      // Of a GitHub Enterprise Server `gh` reads this one.
      GH_ENTERPRISE_TOKEN: token,
      GH_PROMPT_DISABLED: '1',
      NO_COLOR: '1',
      DOCKER_CONFIG: docker.path,
    };
    const { exitCode, stdout, stderr } = await ports.command
      .run('gh', listArguments(request), { environment, signal: ports.signal })
      .catch((error: unknown) => {
        throw withoutGh(error);
      });
    ports.signal?.throwIfAborted();
    if (exitCode !== 0) throw refused(request, stderr.trim() || stdout.trim() || `exit code ${exitCode}`);
    return readVerified(stdout, digest, request, ports.notify);
  } finally {
    await docker.remove();
  }
}

function listArguments({ image, digest, repositoryUrl, signer }: AttestationRequest): string[] {
  const { host, pathname } = new URL(repositoryUrl);
  const signed = signer?.includes('/.github/workflows/') ? '--signer-workflow' : '--signer-repo';
  return [
    'attestation',
    'verify',
    `oci://${image.address}@${digest}`,
    '--repo',
    pathname.replace(/^\//, ''),
    '--predicate-type',
    PREDICATE_TYPE,
    ...(signer === undefined ? [] : [signed, signer]),
    ...(host === 'github.com' ? [] : ['--hostname', host]),
    '--limit',
    String(MOST_ATTESTATIONS),
    '--format',
    'json',
  ];
}

/** `[{ verificationResult: { statement } }]` */
function readVerified(stdout: string, digest: string, request: AttestationRequest, notify: Notify): readonly Proof[] {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    throw refused(request, 'its answer is not JSON; update it (gh --version)');
  }
  const entries: readonly unknown[] = Array.isArray(answer) ? answer : [];
  return entries.flatMap(entry => {
    const { verificationResult } = Object(entry) as { verificationResult?: { statement?: unknown } };
    try {
      return parseStatement(JSON.stringify(verificationResult?.statement ?? null), digest) ?? [];
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const text = `An attestation of ${digest} is signed, but no proof: ${error.message}`;
      notify({ type: 'message', level: 'warning', text });
      return [];
    }
  });
}

function refused({ image, digest, repositoryUrl, signer }: AttestationRequest, said: string): RemoteError {
  const signers = signer === undefined ? '' : ' and `attestation-signer`, which is who signed';
  return new RemoteError(
    {
      doing: `verifying that the smoke test of ${image.name}@${digest} is signed by ${signer ?? repositoryUrl}`,
      operation: 'gh attestation verify',
      target: `${image.address}@${digest}`,
      remedy: `Let the deploy workflow sign it (actions/attest, with \`attestations: write\`), check that \`github-token\` has \`attestations: read\`${signers}, or give \`override\` with a reason.`,
    },
    said.split('\n').slice(-5).join(' '),
  );
}

function withoutGh(error: unknown): unknown {
  if (!(error instanceof ConfigurationError)) return error;
  return new ConfigurationError(
    {
      message: `\`attestation: require\` needs GitHub's command line, and it could not be run: ${error.message}`,
      remedy: "GitHub's own runners have gh; install it on yours: https://cli.github.com.",
    },
    { cause: error },
  );
}
