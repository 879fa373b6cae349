import { readNumber, readObject } from '../json.ts';
import { api, type DefinitionRule, guide, IN_THE_WILD } from './rule.ts';
import type { RetryRule, Subject } from './subject.ts';

const RETRIES = guide('job_retries');
/** The status reason of every attempt whose container ended, whatever its exit code. */
const APPLICATION_FAILURE = 'Essential container in task exited';
const PATTERNS = {
  onStatusReason: /^[A-Za-z0-9.:\s]*\*?$/,
  onReason: /^[A-Za-z0-9.:\s]*\*?$/,
  onExitCode: /^[0-9]*\*?$/,
} as const;

/** retryStrategy and timeout. */
export const RETRY_RULES: readonly DefinitionRule[] = [
  {
    name: 'retry-attempts',
    level: 'error',
    description: 'evaluateOnExit needs attempts, and has at most 5 rules.',
    source: `${api('RetryStrategy')} ("RetryAttempts must be provided with retry strategy")`,
    check: ({ request, retryRules }, report) => {
      if (retryRules.length > 5)
        report(['retryStrategy', 'evaluateOnExit'], `${retryRules.length} rules; Batch takes 5`);
      if (retryRules.length > 0 && readObject(request['retryStrategy'])['attempts'] === undefined) {
        report(['retryStrategy'], '`evaluateOnExit` needs `attempts` beside it');
      }
    },
  },
  {
    name: 'retry-pattern',
    level: 'error',
    description:
      'A rule has a condition. Patterns have up to 512 letters, digits, periods, colons and spaces, exit codes digits alone, and a * only at the end. Parentheses are not among them: write "Host EC2*".',
    source: api('EvaluateOnExit'),
    check: ({ retryRules }, report) => {
      for (const { path, conditions } of retryRules) {
        if (Object.keys(conditions).length === 0) report(path, 'a rule needs onStatusReason, onReason or onExitCode');
      }
      for (const { path, name, text } of retryRules.flatMap(conditionsOf)) {
        if (text.length > 512 || !PATTERNS[name].test(text)) report([...path, name], describePattern(name, text));
      }
    },
  },
  {
    name: 'retry-without-final-exit',
    level: 'warning',
    description:
      'Where no rule matches, Batch retries: without a last rule that exits on everything, application errors are run `attempts` times.',
    source: `${RETRIES}; ${IN_THE_WILD}`,
    check: ({ retryRules }, report) => {
      const last = retryRules.at(-1);
      if (last && retryRules.find(isCatchAll)?.action !== 'EXIT') {
        report(
          last.path,
          'whatever no rule ends is retried, application errors too; end with {"action": "EXIT", "onReason": "*"}',
        );
      }
    },
  },
  {
    name: 'retry-without-rules',
    level: 'warning',
    description:
      'attempts above 1 without evaluateOnExit runs every failing job again, bugs and out-of-memory included.',
    source: `${RETRIES}; ${IN_THE_WILD}`,
    check: ({ request, retryRules }, report) => {
      const attempts = readNumber(readObject(request['retryStrategy'])['attempts']) ?? 1;
      if (attempts > 1 && retryRules.length === 0) {
        report(
          ['retryStrategy', 'attempts'],
          `every failure is tried ${attempts} times; say in evaluateOnExit which ones are worth it`,
        );
      }
    },
  },
  {
    name: 'retry-single-attempt',
    level: 'warning',
    description: 'Rules that retry mean nothing with attempts: 1.',
    source: RETRIES,
    check: ({ request, retryRules }, report) => {
      if (
        readObject(request['retryStrategy'])['attempts'] === 1 &&
        retryRules.some(({ action }) => action === 'RETRY')
      ) {
        report(
          ['retryStrategy', 'attempts'],
          'the rules that retry never act, since `attempts` is 1: the first try counts',
        );
      }
    },
  },
  {
    name: 'retry-application-failure',
    level: 'warning',
    description: `A rule retries "${APPLICATION_FAILURE}", which is the status reason of every application failure.`,
    source: IN_THE_WILD,
    check: ({ retryRules }, report) => {
      for (const { path, action, conditions } of retryRules) {
        const { onStatusReason: pattern, onReason = '*', onExitCode = '*' } = conditions;
        const alone = onReason === '*' && onExitCode === '*';
        if (action === 'RETRY' && pattern !== undefined && alone && matches(pattern, APPLICATION_FAILURE)) {
          report(
            [...path, 'onStatusReason'],
            `"${pattern}" matches "${APPLICATION_FAILURE}", so every failure of the application is retried`,
          );
        }
      }
    },
  },
  {
    name: 'retry-never-matches',
    level: 'warning',
    description:
      'A rule that cannot act: after a rule that catches the same or everything, on exit code 0, "Host EC2*" on Fargate, or "Your Spot Task*" off Fargate.',
    source: `${RETRIES}; ${IN_THE_WILD}`,
    check: ({ retryRules, platform }, report) => {
      for (const [index, rule] of retryRules.entries()) {
        const why = whyNever(rule, retryRules.slice(0, index), platform);
        if (why !== undefined) report(rule.path, why);
      }
    },
  },
  {
    name: 'no-timeout',
    level: 'warning',
    description: 'Without a timeout a job that hangs runs, and is paid for, until somebody sees it.',
    source: `${guide('job_timeouts')}; ${IN_THE_WILD}`,
    check: ({ request }, report) => {
      if (readObject(request['timeout'])['attemptDurationSeconds'] === undefined) {
        report([], 'no `timeout`: a job that hangs runs until somebody stops it');
      }
    },
  },
];

type ConditionName = keyof typeof PATTERNS;

function conditionsOf({ path, conditions }: RetryRule) {
  const names: readonly ConditionName[] = ['onStatusReason', 'onReason', 'onExitCode'];
  return names.flatMap(name => {
    const text = conditions[name];
    return text === undefined ? [] : [{ path, name, text }];
  });
}

function describePattern(name: ConditionName, text: string): string {
  const rule = name === 'onExitCode' ? 'digits' : 'letters, digits, periods, colons and spaces';
  const cut = /^[A-Za-z0-9.:\s]+(?=\()/.exec(text)?.[0].trimEnd();
  const hint = name !== 'onExitCode' && cut ? ` Write "${cut}*".` : '';
  return text.length > 512
    ? 'a pattern has at most 512 characters'
    : `"${text}" may hold ${rule}, and one * at the end.${hint}`;
}

/** Every given condition is `*`. */
function isCatchAll({ conditions }: RetryRule): boolean {
  const patterns = Object.values(conditions);
  return patterns.length > 0 && patterns.every(pattern => pattern === '*');
}

function whyNever(rule: RetryRule, earlier: readonly RetryRule[], platform: Subject['platform']): string | undefined {
  const { onStatusReason = '', onExitCode } = rule.conditions;
  if (Object.keys(rule.conditions).length === 0) return undefined;
  if (earlier.some(isCatchAll)) return 'an earlier rule catches everything, so this one never acts';
  if (earlier.some(other => covers(other, rule))) return 'an earlier rule catches all that this one would';
  if (onExitCode === '0') return 'exit code 0 is success, and rules are read after failures alone';
  if (platform === 'FARGATE' && /^Host EC2/i.test(onStatusReason)) {
    return 'no Fargate job ends with "Host EC2 …"; for Fargate Spot write "Your Spot Task*"';
  }
  if (platform !== 'FARGATE' && /^Your Spot Task/i.test(onStatusReason)) {
    return 'only Fargate Spot ends jobs with "Your Spot Task …"; for EC2 write "Host EC2*"';
  }
  return undefined;
}

/** Does `other` match whatever `rule` matches? It must ask no more of any condition. */
function covers(other: RetryRule, rule: RetryRule): boolean {
  const asked = conditionsOf(other);
  return (
    asked.length > 0 &&
    conditionsOf(rule).length > 0 &&
    asked.every(({ name, text }) => includesPattern(text, rule.conditions[name]))
  );
}

function includesPattern(wide: string, narrow: string | undefined): boolean {
  if (narrow === undefined) return wide === '*';
  return wide === narrow || (wide.endsWith('*') && narrow.startsWith(wide.slice(0, -1)));
}

function matches(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
}
