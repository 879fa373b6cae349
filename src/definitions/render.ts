import type { RegisterJobDefinitionCommandInput } from '@aws-sdk/client-batch';
import type { Config, DefinitionConfig, Target } from '../config/model.ts';
import { selectDefinitions } from '../config/select-targets.ts';
import { ConfigurationError, type Problem } from '../errors.ts';
import type { Notify } from '../events.ts';
import { compileTemplate } from '../templates/compile-template.ts';
import { createPartials } from '../templates/create-partials.ts';
import type { Partials, Rendered, Template } from '../templates/model.ts';
import type { Definition, Release } from './model.ts';
import { createRenderContext, OPEN_NAMES } from './render-context.ts';
import { readSourceForm, type SourceForm } from './source-form.ts';
import { collectProblems, type ProblemCollection } from './template-problems.ts';

export interface RenderRequest {
  readonly config: Config;
  readonly targets: readonly Target[];
  /** All, unless given. */
  readonly tiers?: readonly string[] | undefined;
  /** The text of every family's template, by `FamilyConfig.template`. */
  readonly templates: ReadonlyMap<string, string>;
  /** The text of every partial by its path, below `Config.partials` or with it: `log.json.hbs` is `{{> log}}`, `a/b.hbs` is `{{> a/b}}`. */
  readonly partials?: ReadonlyMap<string, string> | undefined;
  readonly releaseOf: (config: DefinitionConfig) => Release;
  /** What `env` and `required-env` may see. */
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly notify?: Notify | undefined;
}

/**
 * Every definition of the targets, in the order target, family, tier. Pure but for `notify`. Throws ConfigurationError with all
 * problems of all templates; one that several definitions share is told once, with the targets it hits.
 */
export function renderDefinitions(request: RenderRequest): Definition[] {
  const problems = collectProblems();
  const notices = new Map<string, Problem>();
  const templates = compileTemplates(request, problems);
  const definitions = request.targets.flatMap(target => {
    return selectDefinitions(request.config, target, request.tiers).flatMap(config => {
      const template = templates.get(config.family.template);
      if (template === undefined) return [];
      // A caller may know more of a target than the file says: the host of a local registry.
      const release = request.releaseOf({ ...config, ...target });
      return problems.during(config, () => renderDefinition({ config, template, release, request, notices })) ?? [];
    });
  });
  problems.throwAny();
  for (const { message, position } of notices.values())
    request.notify?.({ type: 'message', level: 'notice', text: message, position });
  return definitions;
}

function compileTemplates(request: RenderRequest, problems: ProblemCollection): Map<string, Template> {
  const partials = createPartials(namePartials(request));
  const templates = new Map<string, Template>();
  for (const { name, template: path } of request.config.families) {
    if (templates.has(path)) continue;
    const template = problems.during(undefined, () => compileText(path, name, request, partials));
    if (template !== undefined) templates.set(path, template);
  }
  return templates;
}

function compileText(path: string, family: string, { templates, config }: RenderRequest, partials: Partials): Template {
  const text = templates.get(path);
  if (text !== undefined) return compileTemplate({ path, text }, partials);
  const position = config.positionOf(['families', family, 'template']);
  throw new ConfigurationError({ message: `the template ${path} of the family ${family} is not there`, position });
}

function namePartials({ partials = new Map(), config }: RenderRequest) {
  const folder = config.partials === undefined ? '' : `${config.partials.replace(/\/$/, '')}/`;
  const named = [...partials].map(([path, text]) => {
    const below = path.startsWith(folder) ? path.slice(folder.length) : path;
    return [below.replace(/(\.json)?\.(hbs|handlebars)$/, ''), { path: `${folder}${below}`, text }] as const;
  });
  return new Map(named);
}

interface Rendering {
  readonly config: DefinitionConfig;
  readonly template: Template;
  readonly release: Release;
  readonly request: RenderRequest;
  readonly notices: Map<string, Problem>;
}

function renderDefinition({ config, template, release, request, notices }: Rendering): Definition {
  const context = createRenderContext(config, release);
  const { environmentVariables } = request;
  const rendered = template.render(context, { environmentVariables, openNames: OPEN_NAMES });
  const form = readSourceForm(rendered.value);
  if (typeof form === 'string') throw new ConfigurationError({ message: form, position: rendered.positionOf([]) });
  checkName(form, config, rendered);
  if (form.notice !== undefined) {
    notices.set(template.path, { message: `${template.path} ${form.notice}`, position: rendered.positionOf([]) });
  }
  const { environment, region, account, partition } = config;
  return {
    target: { environment, region, account, partition },
    family: config.family.name,
    tier: config.tier.name,
    name: config.jobDefinitionName,
    // What the template gave, whatever it is: lint checks it against the API's own shape.
    request: {
      jobDefinitionName: config.jobDefinitionName,
      ...form.request,
    } as unknown as RegisterJobDefinitionCommandInput,
    positionOf: path => rendered.positionOf(form.sourcePath(path)),
    config,
    lookedUp: rendered.lookedUp,
  };
}

/** Everything else (plan, smoke test, retention) goes by the configuration's name. */
function checkName({ request }: SourceForm, { jobDefinitionName, family }: DefinitionConfig, rendered: Rendered): void {
  const written = request['jobDefinitionName'];
  if (written === undefined || written === jobDefinitionName) return;
  throw new ConfigurationError({
    message: `jobDefinitionName is ${JSON.stringify(written)} here and "${jobDefinitionName}" in the configuration`,
    position: rendered.positionOf(['jobDefinitionName']),
    remedy: `Write "{{jobDefinitionName}}", or set families.${family.name}.jobDefinitionName.`,
  });
}
