/** Names of the configuration's variables, each once. */
import type { Json } from '../definitions/json.ts';
import type { Setting } from './model.ts';

export interface VariableBook {
  readonly settings: readonly Setting[];
  /** The name under which these values are kept: the same for the same values under the same hint. */
  readonly keep: (hint: string, values: readonly Json[]) => string;
}

/** `taken` are names that others have given away. */
export function createVariables(taken: ReadonlySet<string>): VariableBook {
  const settings: Setting[] = [];
  return {
    settings,
    keep: (hint, values) => {
      const base = variableName(hint);
      for (let number = 1; ; number += 1) {
        const name = number === 1 ? base : `${base}${number}`;
        const known = settings.find(setting => setting.name === `variables.${name}`);
        if (known && JSON.stringify(known.values) === JSON.stringify(values)) return name;
        if (known || taken.has(`variables.${name}`)) continue;
        settings.push({ name: `variables.${name}`, values });
        return name;
      }
    },
  };
}

/** `MODEL_BUCKET` and `awslogs-group` → `modelBucket`, `awslogsGroup`; a name that a path in a template can have. */
export function variableName(hint: string): string {
  const words = hint.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').match(/[A-Za-z0-9]+/g) ?? ['value'];
  const name = words
    .map((word, index) =>
      index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
    )
    .join('');
  return /^\d/.test(name) || RESERVED.has(name) ? `value${name.charAt(0).toUpperCase()}${name.slice(1)}` : name;
}

/** Words of the template language, and names that every object has. */
const RESERVED = new Set(['this', 'true', 'false', 'null', 'undefined', 'as', 'else', 'constructor', 'proto']);
