import { type Answer, ask, chunks, remember } from './ask.ts';
import { type Claim, type Fleet, ng, ok, type VerifyPorts } from './model.ts';
import { secretReferences } from './secret-references.ts';

/** GetParameters takes this many names. */
const NAMES_A_CALL = 10;

/** Whether each name is a parameter. */
type Found = ReadonlyMap<string, Answer<boolean>>;

/** A parameter must exist. Its value is neither decrypted nor kept. */
export function parameterClaims({ candidates }: Fleet, ports: VerifyPorts): readonly Claim[] {
  const references = candidates.flatMap(candidate =>
    secretReferences(candidate).flatMap(reference =>
      reference.kind === 'parameter' ? [{ candidate, ...reference }] : [],
    ),
  );
  const find = remember(region => {
    const own = references.filter(reference => reference.region === region);
    return findParameters(region, new Set(own.map(({ text }) => text)), ports);
  });
  return references.map(({ candidate, path, text, region }) => ({
    check: 'parameter',
    target: candidate.definition.target,
    subject: text,
    needed: { candidate, path },
    verify: async () => {
      const answer = (await find(region)).get(text) ?? { value: false };
      if ('verdict' in answer) return answer.verdict;
      return answer.value ? ok() : ng('does not exist', 'Create it, or correct the reference.');
    },
  }));
}

async function findParameters(region: string, names: Iterable<string>, ports: VerifyPorts): Promise<Found> {
  const found = await Promise.all(chunks(names, NAMES_A_CALL).map(chunk => findChunk(region, chunk, ports)));
  return new Map(found.flatMap(answers => [...answers]));
}

/** One name that may not be read, or is no name, fails the whole call: then each is asked for alone. */
async function findChunk(region: string, names: readonly string[], ports: VerifyPorts): Promise<Found> {
  const answer = await readExisting(region, names, ports);
  if ('value' in answer) return new Map(names.map(name => [name, { value: !answer.value.includes(name) }]));
  if (names.length === 1) return new Map(names.map(name => [name, answer]));
  const alone = await Promise.all(names.map(name => findChunk(region, [name], ports)));
  return new Map(alone.flatMap(answers => [...answers]));
}

/** Gives the names that are no parameter. */
function readExisting(
  region: string,
  Names: readonly string[],
  ports: VerifyPorts,
): Promise<Answer<readonly string[]>> {
  return ask(
    {
      region,
      action: 'ssm:GetParameters',
      look: async call => {
        const ssm = await ports.aws.ssm(region);
        return (await call(() => ssm.getParameters({ Names: [...Names] }))).InvalidParameters ?? [];
      },
    },
    ports,
  );
}
