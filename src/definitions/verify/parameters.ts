import { type Answer, ask, chunks, remember } from './ask.ts';
import { type Claim, type Fleet, ng, ok, skip, type Verdict, type VerifyPorts } from './model.ts';
import { secretReferences } from './secret-references.ts';

/** GetParameters takes this many names. */
const NAMES_A_CALL = 10;

/** What is told of each name. */
type Found = ReadonlyMap<string, Verdict>;

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
    verify: async () => (await find(region)).get(text) ?? unknown(),
  }));
}

async function findParameters(region: string, names: Iterable<string>, ports: VerifyPorts): Promise<Found> {
  const found = await Promise.all(chunks(names, NAMES_A_CALL).map(chunk => findChunk(region, chunk, ports)));
  return new Map(found.flatMap(answers => [...answers]));
}

/** One name that may not be read, or is no name, fails the whole call: then each is asked for alone. */
async function findChunk(region: string, names: readonly string[], ports: VerifyPorts): Promise<Found> {
  const answer = await readNames(region, names, ports);
  if ('value' in answer) return new Map(names.map(name => [name, judge(name, answer.value)]));
  if (names.length === 1) return new Map(names.map(name => [name, answer.verdict]));
  const alone = await Promise.all(names.map(name => findChunk(region, [name], ports)));
  return new Map(alone.flatMap(answers => [...answers]));
}

interface Named {
  /** Names and ARNs of parameters. */
  readonly known: readonly (string | undefined)[];
  /** Names that are no parameter's, as they were asked for. */
  readonly invalid: readonly string[];
}

function judge(name: string, { known, invalid }: Named): Verdict {
  if (invalid.includes(name)) return ng('does not exist', 'Create it, or correct the reference.');
  return known.includes(withoutSelector(name)) ? ok() : unknown();
}

function unknown(): Verdict {
  return skip('Parameter Store does not say whether it exists');
}

/** `name:version` and `name:label`; an ARN has five colons before its name. */
function withoutSelector(name: string): string {
  return name.split(':', name.startsWith('arn:') ? 6 : 1).join(':');
}

/** Values come with the answer, and go with it. */
function readNames(region: string, Names: readonly string[], ports: VerifyPorts): Promise<Answer<Named>> {
  return ask(
    {
      region,
      action: 'ssm:GetParameters',
      look: async call => {
        const ssm = await ports.aws.ssm(region);
        const { Parameters = [], InvalidParameters = [] } = await call(() => ssm.getParameters({ Names: [...Names] }));
        return { known: Parameters.flatMap(({ Name, ARN }) => [Name, ARN]), invalid: InvalidParameters };
      },
    },
    ports,
  );
}
