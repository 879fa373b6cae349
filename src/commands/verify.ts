import type { DefinitionConfig, TargetConfig } from '../config/model.ts';
import { selectDefinitions } from '../config/select-targets.ts';
import type { Candidate, CheckResult } from '../definitions/verify/model.ts';
import { flag, type InputValues, text } from '../inputs.ts';
import { count } from '../report/format.ts';
import { describeGroup, groupResults, reportVerify } from '../report/verify.ts';
import { type CommandResult, defineCommand, type Ports } from './command.ts';
import { readImageDigest, releaseOfCommit } from './image-reference.ts';
import { type Chosen, definitionInputs, loadTargets } from './load.ts';

/** In place of an image: what is live is verified, instead of what would be registered. */
const LIVE = 'live';

const inputs = { ...definitionInputs, image: text, strict: flag };
type Given = InputValues<typeof inputs>;

/** Looks whether everything that the definitions name is there and can run them, in all regions at once, and changes nothing. */
export const verifyCommand = defineCommand({
  name: 'verify',
  inputs,
  run: async (given, ports) => {
    const { config, targets: all } = await loadTargets(given, ports);
    const { verifyAccounts } = await import('../definitions/verify/accounts.ts');
    const accounts = await verifyAccounts(all, ports);
    const targets = accounts.flatMap(({ status, target }) => (status === 'OK' ? [target] : []));
    const found = await verifyTargets({ config, targets }, given, ports);
    return summarise([...accounts, ...found], given, ports);
  },
});

async function verifyTargets(chosen: Chosen, given: Given, ports: Ports): Promise<readonly CheckResult[]> {
  if (chosen.targets.length === 0) return [];
  const { verifyFleet } = await import('../definitions/verify/verify.ts');
  const read = given.image === LIVE ? readLive : render;
  const { candidates, results } = await read(chosen, given, ports);
  ports.notify({ type: 'step', title: 'Verify' });
  return [...results, ...(await verifyFleet({ targets: chosen.targets, candidates }, ports))];
}

interface Found {
  readonly candidates: readonly Candidate[];
  readonly results: readonly CheckResult[];
}

async function render(chosen: Chosen, given: Given, ports: Ports): Promise<Found> {
  const { renderAndLint } = await import('./lint-step.ts');
  const { renderedCandidate } = await import('../definitions/verify/candidates.ts');
  const source = await ports.readSourceRevision();
  const digest = await readImageDigest(given.image, source, chosen.targets, ports);
  const releaseOf = releaseOfCommit(digest, source, ports.registryHost);
  const definitions = await renderAndLint(chosen, { tiers: given.tier, releaseOf }, 'nothing was verified', ports);
  return { candidates: definitions.map(renderedCandidate), results: [] };
}

async function readLive({ config, targets }: Chosen, given: Given, ports: Ports): Promise<Found> {
  const { readFleet } = await import('../definitions/live.ts');
  const { liveCandidate } = await import('../definitions/verify/candidates.ts');
  const configs = targets.flatMap(target => selectDefinitions(config, target, given.tier));
  const named = configs.map(({ region, jobDefinitionName: name }) => ({ region, name }));
  const fleet = await readFleet(named, ports);
  const found = configs.map(own => ({ own, newest: fleet.get(own.region)?.get(own.jobDefinitionName)?.at(-1) }));
  return {
    candidates: found.flatMap(({ own, newest }) => (newest ? [liveCandidate(own, newest)] : [])),
    results: found.flatMap(({ own, newest }) => (newest ? [] : [notLive(own)])),
  };
}

function notLive(config: DefinitionConfig): CheckResult {
  const { jobDefinitionName: subject } = config;
  const reason = 'has no ACTIVE revision';
  return { check: 'live', target: config, subject, definitions: [], status: 'SKIP', reason, remedy: 'Register it.' };
}

function summarise(results: readonly CheckResult[], { strict }: Given, { notify }: Ports): CommandResult {
  const number = (status: CheckResult['status']) => results.filter(result => result.status === status).length;
  const [bad, skipped] = [number('NG'), number('SKIP')];
  for (const group of groupResults(results, 'NG')) {
    const position = group.results[0]?.position;
    if (position) notify({ type: 'message', level: 'error', text: describeGroup(group), position });
  }
  const failed = bad > 0 || (strict && skipped > 0);
  const failure = [
    ...(bad > 0 ? [`${count(bad, 'check')} came out NG`] : []),
    ...(strict && skipped > 0
      ? [`${count(skipped, 'check')} could not be made, which \`strict\` counts as failed`]
      : []),
  ].join('; ');
  return {
    exitCode: failed ? 1 : 0,
    ...(failed && { failure }),
    outputs: { ok: String(number('OK')), ng: String(bad), skip: String(skipped) },
    report: reportVerify(results),
    json: results.map(plain),
  };
}

/** Of the target only what names it. */
function plain({ target, ...result }: CheckResult & { readonly target: Pick<TargetConfig, 'environment' | 'region'> }) {
  const { environment, region } = target;
  return { environment, region, ...result };
}
