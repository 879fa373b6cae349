/** `npm run bench [-- NAME …]`: figures side by side, in one run. They are for people to read; no test depends on them. */
const BENCHES: Readonly<Record<string, () => Promise<string>>> = {
  render: async () => (await import('./render.ts')).benchRender(),
  lifecycle: async () => (await import('./lifecycle.ts')).benchLifecycle(),
  'cold-start': async () => (await import('./cold-start.ts')).benchColdStart(),
  local: async () => (await import('./local.ts')).benchLocal(),
  simulated: async () => (await import('./simulated.ts')).benchSimulated(),
  runs: async () => (await import('./runs.ts')).benchRuns(),
};

const chosen = process.argv.slice(2);
for (const [name, bench] of Object.entries(BENCHES)) {
  if (chosen.length === 0 || chosen.includes(name)) process.stdout.write(`\n${await bench()}`);
}
