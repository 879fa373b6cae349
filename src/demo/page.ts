import { mkdir, writeFile } from 'node:fs/promises';
import type { Block, Document } from '../report/document.ts';
import { renderPage } from '../report/render-html.ts';

const PAGE = 'demo-report/index.html';

export interface Page {
  readonly passed: boolean;
  readonly failure: string | undefined;
  readonly broken: string | undefined;
  readonly chapters: readonly Document[];
}

/** Writes the page and returns its path. */
export async function writePage({ passed, failure, broken, chapters }: Page): Promise<string> {
  const head: Block[] = [
    { type: 'heading', level: 1, content: 'From merge to finished models' },
    {
      type: 'paragraph',
      content: [
        passed ? { badge: 'good', text: 'Every step passed.' } : { badge: 'bad', text: 'This deployment failed.' },
        passed
          ? ' The example model builder was built, pushed, registered and proven on the local AWS, by the same code that runs on AWS.'
          : ' What was done until then, and why it ended, on the local AWS, by the same code that runs on AWS.',
      ],
    },
    ...(broken ? [{ type: 'paragraph', content: [{ strong: 'Broken on purpose: ' }, broken] } satisfies Block] : []),
    ...(failure ? [{ type: 'code', language: 'text', text: failure } satisfies Block] : []),
  ];
  await mkdir('demo-report', { recursive: true });
  await writeFile(PAGE, renderPage('Batchwright: from merge to finished models', [...head, ...chapters.flat()]));
  return PAGE;
}
