/**
 * The command line on the clock of the local AWS, which stands still until somebody sleeps: nobody waits in earnest, and what a process
 * begins and does not end is as late as its next one wants.
 */
import { run } from '../../../src/cli/run.ts';

const clockUrl = `${process.env['AWS_ENDPOINT_URL']}/_batchwright/clock`;
/** Looks at a local AWS come once a second at least; a run of an hour would be thousands of them. */
const FASTER = 20;

let now = 0;
async function ask(init: RequestInit = {}): Promise<void> {
  const answer = await fetch(clockUrl, { headers: { 'content-type': 'application/json' }, ...init });
  const text = await answer.text();
  // 400: time does not go back, since somebody else has slept longer.
  if (answer.ok) now = Math.max(now, Date.parse((JSON.parse(text) as { readonly now: string }).now));
  else if (answer.status !== 400) throw new Error(`the clock of the local AWS answered ${answer.status}: ${text}`);
}
await ask();

const clock = {
  now: () => now,
  async sleep(milliseconds: number, signal?: AbortSignal) {
    const to = new Date(now + milliseconds * FASTER).toISOString();
    await ask({ method: 'POST', body: JSON.stringify({ to }), ...(signal && { signal }) });
    await ask();
  },
};
process.exitCode = await run(process.argv.slice(2), {
  stdout: text => process.stdout.write(text),
  stderr: text => process.stderr.write(text),
  colour: false,
  surroundings: { clock },
});
