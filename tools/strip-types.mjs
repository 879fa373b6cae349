// Jest's transformer: Node's own type stripping, so tests run the very text that `node src/x.ts` runs. No source maps are
// needed, since every position stays where it was.
import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

export default {
  process: source => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
  getCacheKey: (source, path, options) =>
    createHash('sha256')
      .update(JSON.stringify([process.version, path, options.instrument, options.configString]))
      .update(source)
      .digest('hex'),
};
