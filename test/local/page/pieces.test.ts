/** What several pages are made of. */
import { describe, expect, test } from '@jest/globals';
import { attemptTable, logsOf } from '../../../src/local/page/attempts.ts';
import {
  describeBytes,
  describeDuration,
  facts,
  more,
  stateBar,
  table,
  timeOf,
} from '../../../src/local/page/pieces.ts';

const caller = { account: '111122223333', region: 'eu-west-1' };

test.each([
  [0, '0 ms'],
  [349.6, '350 ms'],
  [1000, '1 s'],
  [59_400, '59 s'],
  [59_600, '1 min 0 s'],
  [185_000, '3 min 5 s'],
  [3_599_000, '59 min 59 s'],
  [7_380_000, '2 h 3 min'],
])('PAGE-1 %d milliseconds are told as %s', (milliseconds, text) => {
  expect(describeDuration(milliseconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1_048_576, '1.0 MiB'],
  [1_610_612_736, '1.5 GiB'],
  [5_497_558_138_880, '5120.0 GiB'],
])('PAGE-6 an image of %d bytes has %s', (bytes, text) => {
  expect(describeBytes(bytes)).toBe(text);
});

test('PAGE-2 the bar leaves out states without a job, also those nobody has counted', () => {
  const { text } = stateBar({ RUNNING: 1200, FAILED: 1, SUCCEEDED: 0 });
  expect(text).toContain('aria-label="1 FAILED, 1,200 RUNNING"');
  expect(text).not.toContain('SUCCEEDED');
});

test('what has no value has no place: a time, a fact, a link, a cell', () => {
  expect(timeOf(undefined)).toBeUndefined();
  expect(timeOf(0)?.text).toContain('1970-01-01 00:00:00');
  expect(facts({ A: undefined, B: '', C: 0 }).text).toBe('<dl><dt>C</dt><dd>0</dd></dl>');
  expect(more({ First: undefined })).toBeUndefined();
  expect(more({ First: undefined, Next: '/x' })?.text).toBe('<p class="more"><a href="/x">Next</a></p>');
  expect(table([{}], [{ head: 'A', cell: () => undefined }]).text).toContain('data-label="A"></td>');
});

describe('the logs of a job', () => {
  const job = {
    jobArn: 'a',
    jobName: 'j',
    jobId: 'i',
    jobQueue: 'q',
    status: 'RUNNING',
    startedAt: 1,
    jobDefinition: 'd',
  } as const;
  const place = { caller, group: '/aws/batch/job', container: undefined };

  test.each([
    ['that has none yet', { container: {} }, []],
    ['of one container', { container: { logStreamName: 's' } }, [{ ...place, stream: 's' }]],
    [
      'by the options of its driver',
      {
        container: {
          logStreamName: 's',
          logConfiguration: {
            logDriver: 'awslogs' as const,
            options: { 'awslogs-group': 'g', 'awslogs-region': 'us-east-1' },
          },
        },
      },
      [{ ...place, group: 'g', caller: { ...caller, region: 'us-east-1' }, stream: 's' }],
    ],
    [
      'of a driver without options',
      { container: { logStreamName: 's', logConfiguration: { logDriver: 'awslogs' as const } } },
      [{ ...place, stream: 's' }],
    ],
    [
      'of the containers of a task that have written',
      { ecsProperties: { taskProperties: [{ containers: [{ name: 'a', logStreamName: 's' }, { name: 'b' }] }, {}] } },
      [{ ...place, container: 'a', stream: 's' }],
    ],
    ['of a pod, which has none', { eksProperties: {} }, []],
  ])('PAGE-1 %s', (_, more, places) => {
    expect(logsOf(caller, { ...job, ...more })).toEqual(places);
  });

  test('PAGE-1 attempts have the exit codes, reasons and logs of all their containers', () => {
    const attempts = [
      { container: { reason: 'CannotPullContainerError' }, statusReason: 'Task failed to start', stoppedAt: 5000 },
      {
        ...{ startedAt: 1000, stoppedAt: 3000, statusReason: 'Essential container in task exited' },
        taskProperties: [
          {
            containers: [
              { name: 'main', exitCode: 1, logStreamName: 's1' },
              { name: 'side', logStreamName: 's2' },
            ],
          },
          {},
        ],
      },
      { startedAt: 1000 },
    ];
    const own = { logDriver: 'awslogs' as const, options: { 'awslogs-group': 'own' } };
    const ecsProperties = { taskProperties: [{ containers: [{ name: 'main', logConfiguration: own }] }] };
    const rows = attemptTable(caller, { ...job, attempts, ecsProperties })
      .text.split('<tr>')
      .slice(2);
    const cells = rows.map(row =>
      [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = '']) => cell.replaceAll(/<[^>]*>/g, '').trim()),
    );
    expect(cells).toEqual([
      ['1', '', 'CannotPullContainerError · Task failed to start', '', '', ''],
      ['2', '1', 'Essential container in task exited', '1970-01-01 00:00:01', '2 s', 'main side'],
      ['3', '', '', '1970-01-01 00:00:01', '', ''],
    ]);
    expect(rows[1]).toContain('?group=own&amp;stream=s1"');
    expect(rows[1]).toContain('?group=%2Faws%2Fbatch%2Fjob&amp;stream=s2"');
    expect(attemptTable(caller, job).text).toContain('<tbody>\n</tbody>');
  });

  test('PAGE-1 the attempt of a job of one container leads to its stream by the job’s own driver', () => {
    const logConfiguration = { logDriver: 'awslogs' as const, options: { 'awslogs-group': 'own' } };
    const attempts = [{ container: { exitCode: 3, logStreamName: 's' } }];
    const { text } = attemptTable(caller, { ...job, attempts, container: { logConfiguration } });
    expect(text).toContain('?group=own&amp;stream=s">log</a>');
  });
});
