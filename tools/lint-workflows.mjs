// `npm run lint`: every workflow and starter, read by GitHub's own parser.
import { readdir, readFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';

// The parser imports JSON without saying so, which Node refuses.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url.endsWith('.json') ? { ...resolved, importAttributes: { type: 'json' } } : resolved;
  },
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser');

const root = new URL('../', import.meta.url);
let faults = 0;
for (const folder of ['.github/workflows/', 'templates/workflows/']) {
  for (const name of await readdir(new URL(folder, root))) {
    const content = await readFile(new URL(`${folder}${name}`, root), 'utf8');
    const { context, value } = parseWorkflow({ name: `${folder}${name}`, content }, new NoOperationTraceWriter());
    if (value) await convertWorkflowTemplate(context, value);
    for (const error of context.errors.getErrors()) {
      faults += 1;
      console.error(`${folder}${name}: ${error.message}`);
    }
  }
}
if (faults > 0) process.exit(1);
