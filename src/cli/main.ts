import { enableCompileCache } from 'node:module';

// What is compiled once, and freed of its types, need not be so at the next start: that is half of the time to the first answer.
enableCompileCache();
// These may read a million entries. The others end soon, or serve others as quickly as they can.
if (['run', 'submit', 'watch', 'retry', 'runs'].includes(process.argv[2] ?? ''))
  (await import('../adapters/frugal-heap.ts')).keepHeapSmall();
const { run } = await import('./run.ts');

// `batchwright … | head` closes the pipe early; what was read was enough.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  stdout: text => process.stdout.write(text),
  stderr: text => process.stderr.write(text),
  colour: process.stderr.isTTY === true && !process.env['NO_COLOR'],
});
