/** The model as data, for a file of the user's. What only code can say (a value that depends on the request) is not in it. */
import * as z from 'zod/mini';
import { FAILURE_KINDS } from './failure-kinds.ts';

const seconds = () => z.number().check(z.nonnegative('must be 0 or more'));
const probability = () =>
  z.number().check(z.nonnegative('must lie between 0 and 1'), z.maximum(1, 'must lie between 0 and 1'));
const spread = () => z._default(seconds(), 0.4);
const durations = () => z.strictObject({ medianSeconds: seconds(), spread: spread() });

const kinds = Object.fromEntries(FAILURE_KINDS.map(kind => [kind, z.optional(probability())])) as Record<
  (typeof FAILURE_KINDS)[number],
  z.ZodMiniOptional<ReturnType<typeof probability>>
>;

const behaviour = {
  start: z.optional(durations()),
  duration: z.optional(durations()),
  outcomes: z.optional(z.strictObject(kinds)),
  memory: z.optional(z.strictObject({ medianMiB: seconds(), spread: spread() })),
  reclaimsPerHour: z.optional(seconds()),
  slowStart: z.optional(z.strictObject({ probability: probability(), seconds: seconds() })),
  errors: z.optional(
    z
      .array(
        z.strictObject({
          weight: z.optional(seconds()),
          exitCode: z.int().check(z.minimum(1, 'must be 1 to 255'), z.maximum(255, 'must be 1 to 255')),
          lines: z._default(z.array(z.string()), []),
        }),
      )
      .check(z.minLength(1, 'must name at least one')),
  ),
};

/** `Partial<SimulationModel>` without its functions. */
export const modelSchema = z.strictObject({
  ...behaviour,
  seed: z.optional(z.union([z.string(), z.number()])),
  capacity: z.optional(
    z.strictObject({
      quotas: z.optional(z.partialRecord(z.enum(['EC2', 'SPOT', 'FARGATE', 'FARGATE_SPOT']), seconds())),
      shortages: z.optional(
        z.array(
          z.strictObject({
            computeEnvironment: z.optional(z.string()),
            fromSeconds: z._default(seconds(), 0),
            toSeconds: seconds(),
            vcpus: z.optional(seconds()),
          }),
        ),
      ),
    }),
  ),
  tiers: z.optional(z.record(z.string(), z.strictObject(behaviour))),
});

export type ModelFile = z.infer<typeof modelSchema>;
