import { expect, test } from '@jest/globals';
import { ConfigurationError } from '../../src/errors.ts';
import { parseTokens } from '../../src/serve/tokens.ts';

const [ONE, OTHER] = ['a'.repeat(24), `${'b'.repeat(30)}+/==`];

test('a line for each caller; comments and empty lines are none', () => {
  const recognize = parseTokens(`# callers\n\nairflow ${ONE}\n  prometheus\t${OTHER} read # scrapes\n`, 'tokens');
  expect(recognize(ONE)).toEqual({ name: 'airflow', mayChange: true });
  expect(recognize(OTHER)).toEqual({ name: 'prometheus', mayChange: false });
  for (const wrong of ['', 'a', ONE.slice(1), `${ONE}a`]) expect(recognize(wrong)).toBeUndefined();
});

test.each([
  ['airflow', 'is no NAME TOKEN'],
  ['airflow short', 'the token of airflow is shorter than 24 characters'],
  [`airflow ${ONE} write`, 'has more than NAME TOKEN, or NAME TOKEN read'],
  [`airflow ${'ä'.repeat(24)}`, 'the token of airflow has characters that no bearer token may have'],
  [`airflow ${ONE}\nairflow ${OTHER}`, 'airflow has a token already'],
  [`airflow ${ONE}\nother ${ONE}`, "the token of other is another's as well"],
  ['# nobody', 'tokens holds no token, and nobody is served without one'],
])('%s: %s', (text, message) => {
  let error: unknown;
  try {
    parseTokens(text, 'tokens');
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(String(error)).toContain(message);
  expect(String(error)).not.toContain(ONE);
});
