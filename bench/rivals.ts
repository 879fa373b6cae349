/** The tools that batchwright is measured against, each registering one job definition per file, as their users do. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Rival {
  readonly name: string;
  /** Arguments of `sh`, to be run in a folder with `<number>.json` (a register request) and `<number>.yml` (batchkoi's configuration). */
  readonly script: string;
}

export interface MissingRival {
  readonly name: string;
  readonly reason: string;
}

/** What workflows do in their own words, and a look at what is live before. Older versions of the CLI do not heed AWS_ENDPOINT_URL. */
const AWS_LOOP = `aws='aws --endpoint-url '"$AWS_ENDPOINT_URL"
for file in *.json; do
  name=$(sed -n 's/.*"jobDefinitionName": *"\\([^"]*\\)".*/\\1/p' "$file" | head -n 1)
  $aws batch describe-job-definitions --job-definition-name "$name" --status ACTIVE --query 'jobDefinitions[0].revision' --output text
  $aws batch register-job-definition --cli-input-json "file://$file" --query revision --output text
done`;

const koiLoop = (program: string) => `for config in *.yml; do '${program}' --config "$config" deploy; done`;
const koiAtOnce = (program: string) => `printf '%s\\n' *.yml | xargs -P 8 -I {} '${program}' --config {} deploy`;

const MODULE = 'github.com/tawAsh1/batchkoi';

/** Installs batchkoi into `bin` unless the variable BATCHKOI names a program. */
export async function findRivals(bin: string): Promise<readonly (Rival | MissingRival)[]> {
  const aws = await works('aws', ['--version']);
  const koi = await findBatchkoi(bin);
  return [
    aws === undefined
      ? { name: 'shell loop over the aws CLI', script: AWS_LOOP }
      : { name: 'shell loop over the aws CLI', reason: aws },
    ...('reason' in koi
      ? [
          {
            name: 'batchkoi',
            reason: `${koi.reason}. Build it from its repository, with its own module resolog beside it where the proxy has none (go mod edit -replace), and name the program in BATCHKOI.`,
          },
        ]
      : [
          { name: 'batchkoi, one after another', script: koiLoop(koi.program) },
          { name: 'batchkoi, 8 at once', script: koiAtOnce(koi.program) },
        ]),
  ];
}

async function findBatchkoi(bin: string): Promise<{ readonly program: string } | { readonly reason: string }> {
  const given = process.env['BATCHKOI'];
  if (given) return { program: given };
  const failure = await works('go', ['install', `${MODULE}@latest`], { ...process.env, GOBIN: bin });
  return failure === undefined ? { program: `${bin}/batchkoi` } : { reason: failure };
}

/** Undefined when it does; otherwise the last line that it said. */
async function works(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  try {
    await promisify(execFile)(program, args, { env });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    return (stderr || message).trim().split('\n').slice(-2).join(' ').trim();
  }
}
