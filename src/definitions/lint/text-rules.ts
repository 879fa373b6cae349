import { isJsonList, readList, readObject, readText } from '../json.ts';
import type { JsonPath } from '../model.ts';
import { isSecretName, isSecretValue, secretFormat } from '../secrets.ts';
import { api, type DefinitionRule, guide, IN_THE_WILD } from './rule.ts';
import type { Container, NamedText, PlacedText, Subject } from './subject.ts';

/** What is written inside strings: secrets, placeholders, arguments, empty ones. */
export const TEXT_RULES: readonly DefinitionRule[] = [
  {
    name: 'plain-secret',
    level: 'warning',
    description:
      'A secret in plain sight: everybody who may describe the job definition reads it. `secrets` takes it from Secrets Manager or SSM.',
    source: `${guide('specifying-sensitive-data')}; ${IN_THE_WILD}`,
    check: (subject, report) => {
      for (const { path, text, name } of namedTexts(subject)) {
        if (!isSecretValue(name, text) || path.at(-1) === 'valueFrom') continue;
        const what = secretFormat(text) ?? (isSecretName(name) ? `the value of ${name}` : 'this');
        report(path, `${what} looks like a secret in plain text; move it to \`secrets\``);
      }
    },
  },
  {
    name: 'placeholder',
    level: 'error',
    description: `A placeholder left in a value: \`\${X}\`, \`{{x}}\`, \`<PLACEHOLDER>\` or \`__X__\`. \`Ref::x\` is Batch's own, and variables may stand in a shell's script.`,
    source: IN_THE_WILD,
    check: ({ texts, containers }, report) => {
      const found = texts.filter(({ text }) => PLACEHOLDER.test(text));
      if (found.length === 0) return;
      const scripts = new Set(containers.flatMap(({ arguments: list }) => shellScripts(list)).map(pathKey));
      for (const { path, text } of found.filter(place => !scripts.has(pathKey(place)))) {
        report(path, `the placeholder ${PLACEHOLDER.exec(text)?.[0]} was left in; nothing will replace it`);
      }
    },
  },
  {
    name: 'joined-argument',
    level: 'warning',
    description: 'One argument that holds two, such as "--input s3://…": the program sees a single word.',
    source: IN_THE_WILD,
    check: ({ containers }, report) => {
      for (const { arguments: list } of containers) {
        const scripts = new Set(shellScripts(list));
        for (const argument of list) {
          const [option, value] = /^(--?[A-Za-z][\w-]*)\s+(\S.*)$/.exec(argument.text)?.slice(1) ?? [];
          if (option !== undefined && !scripts.has(argument))
            report(argument.path, `one argument that looks like two: "${option}", "${value}"`);
        }
      }
    },
  },
  {
    name: 'parameter-without-default',
    level: 'warning',
    description: '`Ref::x` in a command without `parameters.x`: a job submitted without it gets the words "Ref::x".',
    source: guide('job_definition_parameters'),
    check: ({ request, containers }, report) => {
      const parameters = readObject(request['parameters']);
      for (const { path, text } of containers.flatMap(container => container.arguments)) {
        for (const [, name = ''] of text.matchAll(/Ref::([A-Za-z0-9_-]+)/g)) {
          if (!Object.hasOwn(parameters, name)) report(path, `\`Ref::${name}\` has no default in \`parameters\``);
        }
      }
    },
  },
  {
    name: 'empty-environment-value',
    level: 'warning',
    description: 'Batch drops environment entries whose value is empty; the program sees no variable at all.',
    source: 'terraform-provider-aws, container_properties.go',
    check: ({ containers }, report) => {
      for (const { kind, environment } of containers) {
        for (const { path, name, text } of kind === 'eks' ? [] : environment) {
          if (text === '') report(path, `"${name}" is empty, and Batch drops empty variables`);
        }
      }
    },
  },
  {
    name: 'repeated-environment-name',
    level: 'warning',
    description: 'An environment variable given twice, or as both variable and secret.',
    source: api('KeyValuePair'),
    check: ({ containers }, report) => {
      for (const container of containers) {
        const seen = new Set<string>();
        for (const { path, name } of [...container.environment, ...secretNames(container)]) {
          if (seen.has(name)) report(path, `"${name}" is given twice; which one counts is not defined`);
          seen.add(name);
        }
      }
    },
  },
  {
    name: 'empty-string',
    level: 'warning',
    description: 'An empty string where a role, user, image or other value belongs; leave the member out.',
    source: IN_THE_WILD,
    check: ({ texts }, report) => {
      for (const { path, text } of texts) {
        const name = path.at(-1);
        if (text === '' && typeof name === 'string' && !MAY_BE_EMPTY.has(name) && !isUserKey(path)) {
          report(path, `\`${name}\` is empty; leave it out`);
        }
      }
    },
  },
];

const PLACEHOLDER = /\$\{[^}]*\}|\{\{[^}]*\}\}|<(?:[A-Z][A-Z0-9_ -]+|your[-_ ][a-z0-9_ -]+)>|__[A-Z][A-Z0-9_]+__/;

/** `value` of an environment entry is told by its own rule; an emptyDir's `medium` is "" for the disk. */
const MAY_BE_EMPTY = new Set(['value', 'medium']);
const USER_MAPS = new Set(['parameters', 'tags', 'options', 'labels', 'annotations', 'limits', 'requests']);

function isUserKey(path: JsonPath): boolean {
  return USER_MAPS.has(String(path.at(-2)));
}

/** The script of `sh -c SCRIPT`: a shell expands what stands there. */
function shellScripts(list: readonly PlacedText[]): readonly PlacedText[] {
  const words = list.map(({ text }) => text);
  return list.filter((_, index) => isShellScript(words, index));
}

/** Is the word at `index` the script of a shell? */
export function isShellScript(words: readonly string[], index: number): boolean {
  const shell = words.slice(0, Math.max(0, index - 1)).some(word => /(?:^|\/)(?:ba|da|z|k|a)?sh$/.test(word));
  return shell && /^-[a-z]*c$/.test(words[index - 1] ?? '');
}

/** Every text with the name that says what it holds: a variable's, an option's, a parameter's. */
function namedTexts({ texts, containers }: Subject): readonly NamedText[] {
  const variables = containers.flatMap(({ environment }) =>
    environment.map(({ path, name, text }) => ({ path: [...path, 'value'], name, text })),
  );
  const others = texts.filter(({ path }) => path.at(-1) !== 'value');
  return [
    ...variables,
    ...others.map(({ path, text }) => ({ path, text, name: isUserKey(path) ? String(path.at(-1)) : '' })),
  ];
}

function pathKey({ path }: PlacedText): string {
  return path.join('.');
}

function secretNames({ members, path }: Container): readonly NamedText[] {
  const secrets = members['secrets'];
  return (isJsonList(secrets) ? readList(secrets) : []).map((secret, index) => ({
    path: [...path, 'secrets', index],
    name: readText(readObject(secret)['name']) ?? '',
    text: '',
  }));
}
