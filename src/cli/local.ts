import { defineCommand } from '../commands/command.ts';
import { flag, integer, oneOf, text } from '../inputs.ts';
import { defaultRegion } from '../local/client-environment.ts';
import { createEngine } from '../local/engines/create-engine.ts';
import { CAPACITIES, createQueues, type GivenQueue } from '../local/queues.ts';
import { startLocalAws } from '../local/server.ts';
import type { openSimulation, Simulation } from './simulation.ts';
import { aborted } from './until-aborted.ts';

/** Virtual seconds in a second. */
const speedInput = {
  form: 'text' as const,
  absent: undefined,
  parse(value: string): number | undefined {
    const speed = value === 'max' ? Number.POSITIVE_INFINITY : Number(value);
    if (!(speed >= 0)) throw new Error('a number from 0, or max');
    return speed;
  },
};

/** `work,night=SPOT`: names, each with its capacity (EC2 when it says none). */
const queuesInput = {
  form: 'text' as const,
  absent: [],
  parse: (value: string): readonly GivenQueue[] =>
    value.split(',').map(entry => {
      const [name = '', given = 'EC2', ...more] = entry.trim().split('=');
      const capacity = CAPACITIES.find(each => each === given);
      if (!/^[A-Za-z0-9][\w-]{0,127}$/.test(name) || !capacity || more.length)
        throw new Error(
          `names of job queues, each with =${CAPACITIES.join(' or =')} if need be, such as work,night=SPOT`,
        );
      return { name, capacity };
    }),
};

const regionsInput = {
  form: 'text' as const,
  absent: [defaultRegion],
  parse: (value: string): readonly string[] =>
    value.split(',').map(entry => {
      const region = entry.trim();
      if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region)) throw new Error('names of regions, such as eu-west-1,us-east-1');
      return region;
    }),
};

/** Runs the local AWS until the signal comes. */
export const localCommand = defineCommand({
  name: 'local',
  inputs: {
    port: integer(0, 65_535),
    host: text,
    'allow-remote': flag,
    state: text,
    queues: queuesInput,
    regions: regionsInput,
    rates: flag,
    engine: oneOf('auto', 'docker', 'process', 'simulated'),
    model: text,
    seed: text,
    speed: speedInput,
  },
  run: async (inputs, { files, notify, signal }) => {
    const say = (line: string) => notify({ type: 'message', level: 'info', text: line });
    const { engine = 'auto' } = inputs;
    const simulation = engine === 'simulated' ? await simulate(inputs, files) : undefined;
    const local = await startLocalAws({
      ...(inputs.port !== undefined && { port: inputs.port }),
      ...(inputs.host && { host: inputs.host }),
      ...(inputs.state && { stateFolder: inputs.state }),
      allowRemote: inputs['allow-remote'],
      rates: inputs.rates,
      engine: async context => {
        const chosen = await createEngine(engine === 'simulated' ? 'auto' : engine, context);
        say(chosen.explanation);
        return chosen.engine;
      },
      ...simulation?.options,
    });
    await createQueues(local, { queues: inputs.queues, regions: inputs.regions }).catch(async error => {
      await local.stop();
      throw error;
    });
    const stopTime = simulation?.begin();
    if (simulation) say(simulation.explanation);
    notify({ type: 'step', title: `The local AWS listens on ${local.url}` });
    say(
      `${inputs.state ? `State is kept in ${inputs.state}.` : 'State is kept in memory and goes when this ends (--state FOLDER keeps it).'}`,
    );
    for (const caveat of local.engine.caveats) say(caveat);
    say(`Queues, jobs, logs and images: ${local.url}/_batchwright/`);
    for (const { name, capacity } of inputs.queues)
      say(
        `Job queue ${name} (${capacity}), on a compute environment of the same name, in ${inputs.regions.join(', ')}.`,
      );
    // To stdout at once, so that `eval "$(batchwright local)"` in a script could read them while it runs.
    for (const [name, value] of Object.entries(local.environment())) process.stdout.write(`export ${name}=${value}\n`);
    say('Ctrl-C ends it.');
    await aborted(signal);
    stopTime?.();
    await local.stop();
    return { exitCode: 0, outputs: {}, report: [], json: { url: local.url } };
  },
});

/** Loaded when it is asked for alone: its schemas would take a fifth of the time to the first answer. */
async function simulate(...given: Parameters<typeof openSimulation>): Promise<Simulation> {
  const { openSimulation } = await import('./simulation.ts');
  return await openSimulation(...given);
}
