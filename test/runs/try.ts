import { startDay } from './day.ts';
import { createMemoryStore } from './memory-store.ts';
import { acceptedJobs, fatefulModel, finalAnswers, manifestOf, tellStory } from './story.ts';

const manifest = manifestOf(90);
const model = fatefulModel();
const t0 = performance.now();
const day = await startDay({ model });
const calm = await day.run(tellStory({ day, store: createMemoryStore(), manifest }));
const want = JSON.stringify(finalAnswers(calm));
console.log(calm.rounds, calm.outcomes.size, performance.now() - t0, want.slice(0, 300));
const probe = day.mortal(createMemoryStore(), { at: 1e9, when: 'before' });
await day.run(tellStory({ day, store: probe.store, manifest, ports: probe.ports, run: 'probe' }));
const total = probe.calls();
console.log('calls', total);
await day.stop();
let bad = 0;
for (let at = 1; at <= total; at += Number(process.argv[2] ?? 5))
  for (const when of ['before', 'after'] as const) {
    const day = await startDay({ model });
    const store = createMemoryStore();
    const mortal = day.mortal(store, { at, when });
    void tellStory({ day, store: mortal.store, manifest, ports: mortal.ports }).catch(() => undefined);
    await day.run(Promise.race([mortal.died, new Promise<void>(r => setTimeout(r, 5000).unref())]));
    const told = await day.run(tellStory({ day, store, manifest, process: 2 }));
    const jobs = await day.run(acceptedJobs(day));
    const twice = [...jobs].filter(([, n]) => n > 1);
    if (JSON.stringify(finalAnswers(told)) !== want || twice.length) {
      bad += 1;
      console.log('BAD', at, when, twice, jobs.size);
    }
    await day.stop();
  }
console.log('bad', bad, performance.now() - t0);
