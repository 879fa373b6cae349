/** The files that imported definitions become. */
import { posix } from 'node:path';
import type { DefinitionConfig, LintOverride, Target } from '../config/model.ts';
import type { LintFinding, Release } from '../definitions/model.ts';
import type { Notify } from '../events.ts';
import { type CheckedFiles, checkFiles, checkSame } from './check.ts';
import { groupImports } from './group-imports.ts';
import type { Cell, Given, Imported, NewFile } from './model.ts';
import { planImport } from './plan-import.ts';
import { writeConfig } from './write-config.ts';
import { writeTemplate } from './write-template.ts';

export interface ImportRequest {
  readonly imports: readonly Imported[];
  /** Where the configuration is to lie. */
  readonly config: string;
  readonly project?: string | undefined;
  readonly environment?: string | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly jobQueue?: string | undefined;
  /** From the configuration's folder. */
  readonly dockerfile?: string | undefined;
}

export interface ImportPorts {
  readonly registryHost: (target: Target) => string;
  readonly notify: Notify;
}

export interface ImportedFiles extends CheckedFiles {
  readonly files: readonly NewFile[];
  readonly cells: readonly Cell[];
  /** What somebody must still say, each once. */
  readonly open: readonly Given[];
}

/** Of what nothing tells the environment. */
export const FALLBACK_ENVIRONMENT = 'production';
const STAND_IN_DIGEST = `sha256:${'0'.repeat(64)}`;

/**
 * Configuration and templates that render to exactly what was read. Throws ConfigurationError when the definitions cannot be brought
 * into one configuration.
 */
export function importFiles(request: ImportRequest, ports: ImportPorts): ImportedFiles {
  const grouped = groupImports(request.imports, { environment: request.environment, fallback: FALLBACK_ENVIRONMENT });
  const plan = planImport(grouped, ports);
  const cells = plan.groups.flatMap(group => group.cells);
  const project = request.project ?? plan.groups[0]?.name ?? 'jobs';
  const folder = posix.dirname(request.config);
  const templateOf = ({ name }: { readonly name: string }) => `job-definitions/${name}.json.hbs`;
  const templates = plan.groups.map(group => ({
    path: posix.join(folder, templateOf(group)),
    text: writeTemplate(group.factored.root, headOf(group.cells)),
  }));
  const { jobQueue, regions, dockerfile } = request;
  const build = (lint: Readonly<Record<string, LintOverride>>) => {
    const text = writeConfig({ ...plan, project, templateOf, jobQueue, regions, dockerfile, lint }, ports);
    const files = [{ path: request.config, text }, ...templates];
    const texts = new Map(files.map(file => [file.path, file.text]));
    return { files, ...checkFiles(texts, request.config, releaseOf(cells, ports)) };
  };
  const first = build({});
  const lint = bearErrors(first.findings, cells);
  const built = Object.keys(lint).length === 0 ? first : build(lint);
  checkSame(cells, built.definitions);
  return { ...built, cells, open: listOpen(cells) };
}

function headOf(cells: readonly Cell[]): readonly string[] {
  const [one, ...others] = new Set(cells.map(({ origin }) => origin));
  const from = others.length > 3 ? `${one} and ${others.length} more` : [one, ...others].join(', ');
  return [`Written by \`batchwright init\` from ${from}. docs/templates.md tells the language.`];
}

/** Each with the image that it has; of a file that does not say, one that nobody has. */
function releaseOf(cells: readonly Cell[], { registryHost }: ImportPorts): (config: DefinitionConfig) => Release {
  return config => {
    const cell = cells.find(
      ({ name, environment, region }) =>
        name === config.jobDefinitionName && environment === config.environment && region === config.region,
    );
    const image = typeof cell?.image === 'string' ? cell.image : undefined;
    return { image: image ?? `${registryHost(config)}/${config.image.repository}@${STAND_IN_DIGEST}` };
  };
}

/** What runs as it is must not stop the first plan: its errors are told, and become warnings until somebody mends them. */
function bearErrors(findings: readonly LintFinding[], cells: readonly Cell[]): Readonly<Record<string, LintOverride>> {
  if (cells.some(({ live }) => live === undefined)) return {};
  const rules = new Set(findings.filter(({ level }) => level === 'error').map(({ rule }) => rule));
  const reason = 'it was live like this when it was imported; mend it, and take this line away';
  return Object.fromEntries([...rules].map(rule => [rule, { level: 'warning', reason }]));
}

function listOpen(cells: readonly Cell[]): readonly Given[] {
  const open = cells.flatMap(({ given }) => given.filter(({ note }) => note !== undefined));
  return [...new Map(open.map(one => [`${one.setting} ${one.note}`, one])).values()];
}
