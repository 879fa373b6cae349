/** How the file names a job queue: by its name or ARN alone, or with how it is to share. */
import * as z from 'zod/mini';
import { hinted, text, told } from './schema-parts.ts';

export const queueSchema = () =>
  z.union([
    text(),
    z.strictObject({
      name: told('Name or ARN of the job queue.', text()),
      shareIdentifier: told(
        'The share that the jobs count for. A job queue with a fair-share scheduling policy demands it, and any other refuses it.',
        hinted(
          {
            missing:
              'Write the share, such as `shareIdentifier: nightly`, or the name of the job queue alone if it has no fair-share scheduling policy.',
          },
          text(),
        ),
      ),
      schedulingPriority: z.optional(
        told(
          "Which jobs of the same share go first: the higher number, 0 to 9999. The definition's own, unless given.",
          z.int().check(z.gte(0, 'must be at least 0'), z.lte(9999, 'must be at most 9999')),
        ),
      ),
    }),
  ]);

export type QueueFile = z.infer<ReturnType<typeof queueSchema>>;
