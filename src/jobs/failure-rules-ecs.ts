/** What the ECS agent says, in the container's reason. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
import { type FailureRule, says, saysBoth } from './failure-rule.ts';

/** CannotPullContainerError, CannotPullECRContainerError, CannotPullContainerAuthError, CannotPullImageManifestError. */
const PULL = /\bCannotPull\w*Error\b/;
/** On Fargate, and as the ECS agent words it for secrets on EC2. */
const INIT = /\bResourceInitializationError\b|\bfetching secret data from\b/i;
const OUT_OF_MEMORY = /^OutOfMemoryError\b|Container killed due to memory usage|^OOMKilled$/;
const SECRETS = /unable to pull secrets or registry auth|fetching secret data from/i;
const TIMED_OUT = /timed? ?out|deadline exceeded|connection (issue|reset|refused)|no such host/i;

export const PULL_RULES: readonly FailureRule[] = [
  {
    id: '7 absent',
    class: 'image-pull',
    retryable: false,
    advice:
      'The registry does not have this image. Check the digest or tag, the repository and the region in the job definition, and that the image was pushed to this region and not expired by a lifecycle policy.',
    test: saysBoth(PULL, /not found|manifest unknown|name unknown|does not exist/i),
  },
  {
    id: '7 platform',
    class: 'image-pull',
    retryable: false,
    advice:
      'The image was not built for the processor of these instances. Build it for that platform (linux/amd64 or linux/arm64).',
    test: saysBoth(PULL, /no matching manifest/i),
  },
  {
    id: '7 access',
    class: 'image-pull',
    retryable: false,
    advice:
      'The registry refused. Give the execution role (or the instance role) ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer, and for another account a repository policy.',
    test: saysBoth(PULL, /unauthorized|\b403\b|no basic auth|access denied|AccessDenied|pull access/i),
  },
  {
    id: '8',
    class: 'image-pull-transient',
    retryable: true,
    advice:
      'The pull broke off on the way. Retry on "CannotPullContainer*"; if it is frequent, give the subnets VPC endpoints for ECR and S3, or mirror the image into ECR.',
    test: saysBoth(
      PULL,
      /i\/o timeout|context canceled|context deadline exceeded|\b429\b|toomanyrequests|TLS handshake|request canceled|connection reset|unexpected EOF/i,
    ),
  },
  {
    id: '9',
    class: 'image-pull',
    retryable: false,
    advice:
      'The image could not be pulled. Check the image reference, the execution role, and that the subnets reach ECR and S3 (NAT or VPC endpoints).',
    test: says(PULL),
  },
];

export const START_RULES: readonly FailureRule[] = [
  {
    id: '10 transient',
    class: 'iam-or-secrets',
    retryable: true,
    advice:
      'The task could not reach ECR or Secrets Manager in time. Check NAT or the VPC endpoints of these subnets; trying again may help.',
    test: ({ texts }) =>
      texts.find(text => INIT.test(text) && SECRETS.test(text) && TIMED_OUT.test(text) && !/AccessDenied/.test(text)),
  },
  {
    id: '10',
    class: 'iam-or-secrets',
    retryable: false,
    advice:
      "The execution role may not read a secret or the registry. Check the role's permissions, that the secret's ARN is of this region and account, and that the secret exists.",
    test: saysBoth(INIT, SECRETS),
  },
  {
    id: '11',
    class: 'iam-logs',
    retryable: false,
    advice:
      'The container could not open its log stream. Create the log group in this region (Batch does not), or give the execution role logs:CreateLogStream and logs:PutLogEvents.',
    test: says(/AccessDenied.*logs:(CreateLog|PutLog)|log group does not exist/i),
  },
];

export const MEMORY_RULES: readonly FailureRule[] = [
  {
    id: '13 success',
    class: 'suspect-success',
    retryable: false,
    advice:
      'The job exited with 0 although the kernel killed something in it for memory: probably a child process. Do not trust the output before you have looked at it; then give the job a larger tier.',
    test: signals => (signals.exitCode === 0 ? says(OUT_OF_MEMORY)(signals) : undefined),
  },
  {
    id: '13 child',
    class: 'out-of-memory',
    retryable: false,
    advice:
      'The kernel killed a child process of the job for memory, and the job noticed. Give it the next larger tier, or fewer worker processes.',
    test: signals =>
      signals.exitCode !== undefined && signals.exitCode !== 137 ? says(OUT_OF_MEMORY)(signals) : undefined,
  },
  {
    id: '12',
    class: 'out-of-memory',
    retryable: false,
    advice:
      'The job used more memory than its tier has. Give this input the next larger tier (small, medium, large); the same tier fails again.',
    test: says(OUT_OF_MEMORY),
  },
];

export const AGENT_RULES: readonly FailureRule[] = [
  {
    id: '15',
    class: 'host',
    retryable: true,
    advice:
      "The host's disk was too slow to start the container in time. Try again; if it stays, give the instances a larger or faster (gp3) volume.",
    test: says(/\bDockerTimeoutError\b/),
  },
  {
    id: '16',
    class: 'host',
    retryable: true,
    advice:
      'The host lost sight of the container, and the job may have finished its work. If its output and success marker are there, it did; otherwise try again.',
    test: says(/\bCannotInspectContainerError\b/),
  },
  {
    id: '17 command',
    class: 'command',
    retryable: false,
    advice:
      "The container's entrypoint could not be run: not found, not executable, or built for another processor. Check entrypoint and command of the image and the job definition.",
    test: saysBoth(
      /\bCannot(Start|Create)ContainerError\b/,
      /executable file not found|no such file or directory|permission denied|exec format error/i,
    ),
  },
  {
    id: '17 volume',
    class: 'config',
    retryable: false,
    advice:
      'A volume of the job definition could not be mounted. Check the file system id, its mount targets and the security groups.',
    test: says(/\bCannotCreateVolumeError\b/),
  },
  {
    id: '17',
    class: 'host',
    retryable: true,
    advice:
      'The host could not create or start the container. Try again; if it stays, the text says what the host lacks.',
    test: says(/\bCannot(Start|Create)ContainerError\b/),
  },
  {
    id: '17 init',
    class: 'config',
    retryable: false,
    advice: 'The task could not set up what its job definition asks for; the text says what.',
    test: says(INIT),
  },
];
