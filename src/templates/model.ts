/** Templates: Handlebars' language, whose output is JSON by construction. */
import type { Problem, SourcePosition } from '../errors.ts';
import type { JsonState } from './json-state.ts';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };
export type JsonPath = readonly (string | number)[];

export interface TemplateSource {
  /** As messages name it. */
  readonly path: string;
  readonly text: string;
}

/** What a template may ask for beside its context. */
export interface Lookups {
  /** For `env` and `required-env`: a host hands in what it wants templates to see. */
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** Names at the top of the context whose members the user chooses, so that `default` may stand in for a missing one. */
  readonly openNames?: readonly string[] | undefined;
}

export interface Template {
  readonly path: string;
  /** Throws ConfigurationError with everything that is missing or wrong, each at its line of the template. Pure. */
  readonly render: (context: Readonly<Record<string, JsonValue>>, lookups?: Lookups) => Rendered;
}

export interface Rendered {
  readonly value: JsonValue;
  /** The output as it was written, with its comments and trailing commas. */
  readonly text: string;
  /** The line and column of the template, or of a partial, that made the value at `path`; of its nearest parent, when there is none. */
  readonly positionOf: (path: JsonPath) => SourcePosition;
  /** Names of the environment variables that the template asked for, sorted. */
  readonly lookedUp: readonly string[];
}

/** Partials by name, each compiled when a template first names it. */
export interface Partials {
  readonly names: readonly string[];
  readonly find: (name: string) => Statement | undefined;
}

/** Where the dot, `../` and `@index` point. */
export interface Frame {
  readonly context: unknown;
  readonly parent: Frame | undefined;
  /** `@index`, `@key`, `@first`, `@last`. */
  readonly loop: Readonly<Record<string, JsonValue>>;
  /** `as |item|`. */
  readonly named: Readonly<Record<string, unknown>>;
}

/** One rendering while it goes on. */
export interface Run {
  readonly root: Readonly<Record<string, JsonValue>>;
  readonly lookups: Lookups;
  readonly writer: JsonWriter;
  readonly lookedUp: Set<string>;
  /** Partials being rendered, outermost first. */
  readonly includes: { readonly name: string; readonly position: SourcePosition }[];
  readonly report: (problem: Problem) => void;
}

/** A part of a template, ready to be rendered. */
export type Statement = (frame: Frame, run: Run) => void;
export type Expression = (frame: Frame, run: Run) => unknown;

/** Stands for a value that could not be had and has been reported; whatever is made of it is UNKNOWN too. */
export const UNKNOWN = Symbol('unknown');

/** The text of a file between two mustaches. */
export interface Content {
  readonly text: string;
  readonly source: Source;
  readonly offset: number;
  /** Where reading it leads, by where it began: found out once. */
  readonly ends: Map<JsonState, JsonState>;
}

/** Why a value cannot be written where the output stands: what it is, or that it would become part of an escape. */
export type Misfit = 'null' | 'list' | 'mapping' | 'escape';

/** Takes what a template writes and knows at every moment whether it is inside a string, a comment or neither. */
export interface JsonWriter {
  readonly inComment: boolean;
  readonly writeContent: (content: Content) => void;
  /** Escaped inside a string, a JSON value outside. */
  readonly writeValue: (value: unknown, position: SourcePosition) => Misfit | undefined;
  /** The JSON text of any value: as it is outside a string, escaped inside. */
  readonly writeJson: (value: unknown, position: SourcePosition) => Misfit | undefined;
  readonly end: () => Output;
}

export interface Output {
  readonly text: string;
  /** What made the character at `offset` of the output. */
  readonly positionAt: (offset: number) => SourcePosition;
}

/** A file whose offsets can be told as lines and columns. */
export interface Source extends TemplateSource {
  readonly positionAt: (offset: number) => SourcePosition;
  /** Offset of a line (from 1) and column (from 0, as Handlebars counts). */
  readonly offsetAt: (line: number, column: number) => number;
}
