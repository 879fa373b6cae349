// Written by tools/bundle.mjs. The compile cache pays from the second step of a job on.
import { enableCompileCache } from 'node:module';

enableCompileCache(process.env.RUNNER_TEMP && `${process.env.RUNNER_TEMP}/node-compile-cache`);
const { main } = await import('./index.js');
await main('deployment');
