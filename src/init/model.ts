/** What `init` reads of a job definition that is there already, and the configuration and template it makes of many of them. */
import type { JobDefinition } from '@aws-sdk/client-batch';
import type { Json } from '../definitions/json.ts';

/** A place in a text that the template fills in: `variables.bucket`, `role-arn "build"`. */
export interface Expression {
  readonly expression: string;
}
export type Part = string | Expression;

/** Text with expressions in it. `raw` stands outside quotes, so that it may be a number or a whole list. */
export class Filled {
  readonly parts: readonly Part[];
  readonly raw: boolean;
  constructor(parts: readonly Part[], raw = false) {
    this.parts = parts;
    this.raw = raw;
  }
}

export type Value = string | number | boolean | null | readonly Value[] | ValueObject | Filled;
export interface ValueObject {
  readonly [member: string]: Value;
}

/** Something that the configuration must say because a definition does not. */
export interface Given {
  /** `tier.memoryMiB`, `executionRole`, `variables.bucket`. */
  readonly setting: string;
  readonly value: Json;
  /** Why somebody must look at it; undefined when its value is known. */
  readonly note?: string | undefined;
}

/** One job definition, in one environment and region. */
export interface Imported {
  /** As messages name it: `cues-small:4 in eu-west-1`, `job.json`. */
  readonly origin: string;
  /** Its `jobDefinitionName`. */
  readonly name: string;
  /** Where it is known by something else than its name. */
  readonly environment?: string | undefined;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  readonly partition: string;
  /** A register request without its name. */
  readonly request: ValueObject;
  /** The reference of the image that is deployed, as the request has it: the first container's. */
  readonly image: Value | undefined;
  readonly given: readonly Given[];
  /** Remarks of a file, by the path (joined with `/`) of the member they stand before. */
  readonly remarks?: ReadonlyMap<string, readonly string[]> | undefined;
  /** The revision that was read, of one that is live. */
  readonly live?: JobDefinition | undefined;
}

/** An imported definition in its place. */
export interface Cell extends Imported {
  readonly environment: string;
  readonly tier: string;
}

/** Definitions that are made of one template. */
export interface Group {
  /** Of the template's file. */
  readonly name: string;
  readonly families: readonly FamilyName[];
  readonly cells: readonly Cell[];
}

export interface FamilyName {
  readonly name: string;
  /** With `{tier}`, `{environment}` and `{region}`. */
  readonly jobDefinitionName: string;
  readonly tiers: readonly string[];
  /** Undefined when it goes to all. */
  readonly environments?: readonly string[] | undefined;
}

export type TemplateNode =
  | { readonly kind: 'scalar'; readonly value: number | boolean | null }
  | { readonly kind: 'text'; readonly parts: readonly Part[] }
  | { readonly kind: 'raw'; readonly expression: string }
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'list'; readonly items: readonly Item[] };

export interface Item {
  readonly node: TemplateNode;
  /** The condition of an `{{#if}}` around it. */
  readonly when?: string | undefined;
}

export interface Member extends Item {
  readonly name: string;
  readonly remarks?: readonly string[] | undefined;
}

/** A value of the configuration for each cell of a group, in the cells' order; undefined where there is none. */
export interface Setting {
  /** `vcpus`, `executionRole`, `variables.bucket`. */
  readonly name: string;
  readonly values: readonly (Json | undefined)[];
  readonly note?: string | undefined;
}

/** A file to be written, with its path from the working directory. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

export interface WrittenFile {
  readonly path: string;
  readonly how: 'written' | 'overwritten' | 'left as it was';
}
