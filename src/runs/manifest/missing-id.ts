/** Of a manifest in which no entry has an id, that alone is said, once: its header lacks the column, or the field has another name. */
import { ConfigurationError } from '../../errors.ts';
import { nearestName } from '../../nearest-name.ts';

export interface MissingId {
  /** Counts a value of the manifest when it is an object without an id. */
  note(value: unknown): void;
  /** Throws ConfigurationError when all of so many items, and there are some, were counted. */
  check(source: string, items: number): void;
}

/** So many names of fields are told. */
const MOST_NAMES = 20;

/** `id` is the field that `runs.id` names. */
export function createMissingId(id: string): MissingId {
  const names = new Set<string>();
  let noted = 0;
  return {
    note(value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || id in value) return;
      noted += 1;
      for (const name of Object.keys(value)) if (names.size < MOST_NAMES) names.add(name);
    },
    check(source, items) {
      if (items === 0 || noted < items) return;
      const near = nearestName(id, names);
      throw new ConfigurationError({
        message: `no entry of ${source} has a column or field "${id}" (there are: ${[...names].join(', ') || 'none'}); nothing was submitted`,
        remedy: `Say with \`runs.id\` in the configuration which one names an entry.${near === undefined ? '' : ` Is it "${near}"?`}`,
      });
    },
  };
}
