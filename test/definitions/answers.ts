/** Ports on an AWS that gives these answers, for what the local AWS never leaves out and AWS may. */
import { createRateLimiter } from '../../src/limiter.ts';
import type { AwsPorts } from '../../src/ports.ts';
import { createHastyClock } from './local-regions.ts';

type Answers<Service extends keyof AwsPorts> = Partial<{
  [Method in keyof Awaited<ReturnType<AwsPorts[Service]>>]: (request: never) => object;
}>;

/** `{ ecr: { describeImages: () => ({}) } }`; a call without an answer is an error. */
export function answering(services: { readonly [Service in keyof AwsPorts]?: Answers<Service> }): AwsPorts {
  const clientOf = (name: string, answers: Readonly<Record<string, (request: never) => object>>) => async () =>
    new Proxy(answers, {
      get: (_, method: string) =>
        // What is given to a promise is asked for `then`.
        method === 'then'
          ? undefined
          : async (request: never) => {
              const answer = answers[method];
              if (!answer) throw new Error(`nobody answers ${name}:${method}`);
              return answer(request);
            },
    });
  const entries = Object.entries(services).map(([name, answers]) => [name, clientOf(name, answers as never)]);
  return Object.fromEntries(entries) as AwsPorts;
}

export function portsOn(services: Parameters<typeof answering>[0]) {
  const clock = createHastyClock();
  return { aws: answering(services), clock, notify: () => undefined, limiter: createRateLimiter(clock) };
}
