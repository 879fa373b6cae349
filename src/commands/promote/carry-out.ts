/** A promotion from copy to proof, and all the way back when any of it fails. */
import { applyRegistration } from '../../definitions/register.ts';
import { renderedCandidate } from '../../definitions/verify/candidates.ts';
import { verifyFleet } from '../../definitions/verify/verify.ts';
import { deliverImage } from '../../promote/deliver.ts';
import type { CarriedOut } from '../../promote/model.ts';
import { moveTags } from '../../promote/move-tags.ts';
import { restorePromotion } from '../../promote/restore.ts';
import { describeRestored } from '../../report/back.ts';
import { describeFailure } from '../../report/describe-failure.ts';
import { describeGroup, groupResults } from '../../report/verify.ts';
import { claimedSource } from '../claimed-source.ts';
import type { Ports } from '../command.ts';
import { listRegistered } from '../registered-definitions.ts';
import { recordSmokeTests, runSmokeTests } from '../smoke-step.ts';
import type { PreparedPromotion } from './prepare.ts';

type Draft = { -readonly [Member in keyof CarriedOut]: CarriedOut[Member] };

/** Never throws: whatever ends it, the result says how far it came and what stands. */
export async function carryOut(prepared: PreparedPromotion, ports: Ports): Promise<CarriedOut> {
  const done: Draft = { unrecorded: [] };
  done.cause = await goThrough(prepared, done, ports);
  if (done.cause === undefined) done.movedTags = await moveTags(prepared.delivery, ports);
  if (done.cause === undefined || !mayHaveRegistered(prepared, done)) return done;
  const { environment } = prepared.choice;
  ports.notify({ type: 'step', title: `Roll ${environment} back to what was live before` });
  ports.notify({ type: 'message', level: 'warning', text: `The promotion failed: ${done.cause}` });
  if (ports.signal.aborted) {
    const text =
      'Cancelled, but what was registered is taken back first. If this is killed, run it again: it knows the way back.';
    ports.notify({ type: 'message', level: 'warning', text });
  }
  const { runUrl, planId } = prepared.stamp;
  const { promoted } = prepared;
  done.restored = await restorePromotion({ promoted, registered: done.registered, stamp: { runUrl, planId } }, ports);
  for (const restored of done.restored) {
    const level = restored.outcome.status === 'failed' ? 'error' : 'info';
    ports.notify({ type: 'message', level, text: describeRestored(restored) });
  }
  return done;
}

/** Each step gives why it failed; undefined when it went well. */
async function goThrough(prepared: PreparedPromotion, done: Draft, ports: Ports): Promise<string | undefined> {
  try {
    for (const step of [deliver, verify, register, smokeTest]) {
      ports.signal.throwIfAborted();
      const cause = await step(prepared, done, ports);
      if (cause !== undefined) return cause;
    }
    return undefined;
  } catch (error) {
    return describeFailure(error);
  }
}

type Step = (prepared: PreparedPromotion, done: Draft, ports: Ports) => Promise<string | undefined>;

const deliver: Step = async ({ delivery, choice: { environment } }, done, ports) => {
  ports.notify({ type: 'step', title: `Copy the image and its proof to ${environment}` });
  done.delivered = await deliverImage(delivery, ports);
  for (const { region, reference, how } of done.delivered) {
    const text = `${region}: ${reference} ${how === 'copied' ? 'copied' : 'is there already'}`;
    ports.notify({ type: 'message', level: 'info', text });
  }
  return undefined;
};

/** Before anything is registered: what cannot run there need not be rolled back. */
const verify: Step = async ({ choice: { environment, targets }, definitions }, done, ports) => {
  ports.notify({ type: 'step', title: `Verify that ${environment} can run it` });
  done.verified = await verifyFleet({ targets, candidates: definitions.map(renderedCandidate) }, ports);
  const [bad, skipped] = [groupResults(done.verified, 'NG'), groupResults(done.verified, 'SKIP')];
  const number = (status: string) => done.verified?.filter(result => result.status === status).length;
  const text = `${number('NG')} NG, ${number('SKIP')} SKIP, ${number('OK')} OK`;
  ports.notify({ type: 'message', level: 'info', text });
  for (const group of skipped) {
    ports.notify({ type: 'message', level: 'warning', text: `Not looked at: ${describeGroup(group)}` });
  }
  for (const group of bad) {
    const position = group.results[0]?.position;
    ports.notify({ type: 'message', level: 'error', text: describeGroup(group), position });
  }
  return bad.length > 0 ? `${environment} cannot run it: ${bad.map(describeGroup).join(' ')}` : undefined;
};

const register: Step = async ({ choice: { environment }, plan, stamp }, done, ports) => {
  ports.notify({ type: 'step', title: `Register job definitions in ${environment}` });
  done.registered = await applyRegistration(plan, { onFailure: 'undo', stamp }, ports);
  if (done.registered.ok) return undefined;
  const errors = done.registered.definitions.flatMap(({ outcome }) =>
    outcome.status === 'failed' ? [outcome.error.message] : [],
  );
  return [...new Set(errors)].join('\n') || 'not every definition was registered';
};

const smokeTest: Step = async (prepared, done, ports) => {
  const { choice, settled, proven, version, stamp } = prepared;
  const targets = choice.targets.filter(target => target.smokeTest && !settled.has(target.region));
  ports.notify({ type: 'step', title: `Smoke test in ${choice.environment}` });
  for (const [region, { jobId, endedAt }] of settled) {
    const text = `${region}: proven already, by job ${jobId} at ${new Date(endedAt).toISOString()}, on what is live`;
    ports.notify({ type: 'message', level: 'info', text });
  }
  if (targets.length === 0) return undefined;
  const registered = listRegistered(done.registered?.definitions ?? []);
  done.smoke = await runSmokeTests({ config: choice.config, targets, registered }, ports);
  const built = proven.commit === undefined ? claimedSource(prepared.source) : prepared.source;
  const source = built && { ...built, version };
  const request = { runs: done.smoke.runs, targets, source, override: proven.override };
  await record(request, done, ports);
  const bad = done.smoke.runs.filter(({ verdict }) => verdict !== 'passed');
  if (bad.length === 0) return undefined;
  const reasons = bad.map(run => `${run.environment} ${run.region} ${run.verdict}: ${run.reason ?? 'see the report'}`);
  const how = bad.some(({ verdict }) => verdict !== 'undecided') ? 'failed' : 'could not be followed to its end';
  return `the smoke test of ${stamp.version ?? stamp.digest} ${how}: ${reasons.join('\n')}`;
};

/** That it could not be recorded must not hide how the test ended. */
async function record(request: Parameters<typeof recordSmokeTests>[0], done: Draft, ports: Ports): Promise<void> {
  try {
    const { recorded, failures } = await recordSmokeTests(request, ports);
    done.recorded = recorded;
    done.unrecorded = failures;
  } catch (error) {
    done.unrecorded = [describeFailure(error)];
  }
}

/** Also a run before this one may have: it was killed, and this one found its revisions. */
function mayHaveRegistered({ promoted }: PreparedPromotion, { registered }: Draft): boolean {
  return registered !== undefined || promoted.some(({ planned, before }) => (planned.live?.revision ?? 0) !== before);
}
