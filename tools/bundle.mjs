// Build it where node_modules is a real folder: the names of chunks come from module paths, which a link would change.
//
// Builds dist/: one ncc bundle of all actions, in chunks loaded on demand, and a stub per action that GitHub's runner starts.
//
// One shared bundle instead of one per action: the SDK is most of it, and every action would carry its own copy. ncc's API with
// `module` fields takes the SDK's ES modules, which load faster; esbuild minifies the chunks, which ncc leaves as they are.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import ncc from '@vercel/ncc';
import { transform } from 'esbuild';

const dist = new URL('../dist/', import.meta.url);
const entry = new URL('../build/actions/main.js', import.meta.url).pathname;

const minify = async code =>
  (await transform(code, { minify: true, keepNames: true, target: 'node24', legalComments: 'none', format: 'esm' }))
    .code;

const stub = name => `// Written by tools/bundle.mjs. The compile cache pays from the second step of a job on.
import { enableCompileCache } from 'node:module';

enableCompileCache(process.env.RUNNER_TEMP && \`\${process.env.RUNNER_TEMP}/node-compile-cache\`);
const { main } = await import('./index.js');
await main('${name}');
`;

const { code, assets } = await ncc(entry, {
  cache: false,
  quiet: true,
  filename: 'index.js',
  license: 'licenses.txt',
  mainFields: ['module', 'main'],
});
await rm(dist, { recursive: true, force: true });
await mkdir(dist);
await writeFile(new URL('index.js', dist), await minify(code));
for (const [name, { source }] of Object.entries(assets)) {
  await writeFile(new URL(name, dist), /^\d+\.index\.js$/.test(name) ? await minify(source.toString()) : source);
}
for (const folder of await readdir(new URL('../actions/', import.meta.url), { withFileTypes: true })) {
  if (folder.isDirectory()) await writeFile(new URL(`${folder.name}.js`, dist), stub(folder.name));
}
