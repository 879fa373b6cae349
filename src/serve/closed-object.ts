import { z } from '@hono/zod-openapi';
import { suggestName } from '../nearest-name.ts';

/**
 * An object without any other field: a misspelt one would be taken for one that was not given. The message of such an issue is the end of
 * a sentence: the name, and the nearest that there is.
 */
export function closedObject<const Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: issue => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const told = issue.keys.map(key => [`"${key}".`, suggestName(key, Object.keys(shape))].filter(Boolean).join(' '));
      return told.join(' Nor is there ');
    },
  });
}
