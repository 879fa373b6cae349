/** Whether what definitions name is really there, and whether they can run: the shapes that all checks share. */
import type { Target, TargetConfig } from '../../config/model.ts';
import type { SourcePosition } from '../../errors.ts';
import type { AwsPorts, HttpPort } from '../../ports.ts';
import type { Subject } from '../lint/subject.ts';
import type { LimitedPorts } from '../live.ts';
import type { Definition, JsonPath } from '../model.ts';

export type VerifyPorts = Omit<LimitedPorts, 'aws'> & { readonly aws: AwsPorts; readonly http: HttpPort };

/** What a check came to. What could not be looked at is SKIP, never OK. */
export type Verdict =
  | { readonly status: 'OK'; readonly remark?: string | undefined }
  | { readonly status: 'NG' | 'SKIP'; readonly reason: string; readonly remedy?: string | undefined };

/** A definition, taken apart. `request` is a register request, or what is described of a live revision. */
export interface Candidate {
  readonly definition: Definition;
  readonly subject: Subject;
  /** Live ones stand in no file. */
  readonly live: boolean;
}

/** Everything that is verified together. */
export interface Fleet {
  readonly targets: readonly TargetConfig[];
  readonly candidates: readonly Candidate[];
}

/** Something that must hold, of one target. Claims with the same check, target and subject are one, whoever makes them. */
export interface Claim {
  readonly check: string;
  readonly target: Target;
  /** What it is about, as a person knows it: a role's ARN, a queue's name. */
  readonly subject: string;
  /** Who needs it, and where that stands. */
  readonly needed?: { readonly candidate: Candidate; readonly path: JsonPath } | undefined;
  readonly verify: () => Promise<Verdict>;
}

export type CheckResult = Verdict & {
  readonly check: string;
  readonly target: Target;
  readonly subject: string;
  /** Names of the definitions that need it; none when the target itself does. */
  readonly definitions: readonly string[];
  /** Where the first of them says so. */
  readonly position?: SourcePosition | undefined;
};

export function ok(remark?: string): Verdict {
  return { status: 'OK', remark };
}

export function ng(reason: string, remedy?: string): Verdict {
  return { status: 'NG', reason, remedy };
}

export function skip(reason: string, remedy?: string): Verdict {
  return { status: 'SKIP', reason, remedy };
}
