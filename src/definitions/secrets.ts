/** What looks like a secret: for lint, which warns, and for diffs, which mask. */

/** The last words of a name that say it holds something about a secret rather than the secret. */
const HARMLESS_ENDINGS = new Set(
  'arn arns name id ids path paths file files url uri endpoint host parameter param limit count length size ttl expiry bucket region type version enabled required header field prefix suffix policy provider manager store mode dir directory timeout seconds'.split(
    ' ',
  ),
);
const SECRET_WORDS = new Set(
  'password passwd passphrase pwd secret secrets token credential credentials apikey'.split(' '),
);
const SECRET_PAIRS = new Set(
  'api_key private_key access_key secret_key encryption_key signing_key auth_key ssh_key license_key'.split(' '),
);

/** Formats that are secrets whatever they are called. Each from its issuer's documentation. */
const SECRET_FORMATS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/ },
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})/ },
  { what: 'a Slack token', pattern: /\bxox[abprs]-[A-Za-z0-9-]{10,}/ },
  { what: 'a Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35}\b/ },
  { what: 'a Stripe key', pattern: /\b[rs]k_live_[A-Za-z0-9]{16,}/ },
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
  { what: 'a JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/ },
  { what: 'a Hugging Face token', pattern: /\bhf_[A-Za-z0-9]{30,}/ },
  { what: 'a password in a URL', pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]{3,}@/ },
];

/** One quick look at what each format must hold, since nearly no text holds any. */
const MAY_HOLD_SECRET = /AKIA|ASIA|gh[pousr]_|github_pat_|xox|AIza|k_live_|PRIVATE KEY|eyJ|hf_|:\/\//;

/** Does a variable of this name hold a secret? `DB_PASSWORD` and `apiKey` do; `TOKENIZERS_PARALLELISM` and `SECRET_ARN` do not. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last === undefined || HARMLESS_ENDINGS.has(last)) return false;
  return words.some((word, index) => SECRET_WORDS.has(word) || SECRET_PAIRS.has(`${words[index - 1]}_${word}`));
}

/** `an AWS access key` when the text holds one, whatever it is called. */
export function secretFormat(text: string): string | undefined {
  if (!MAY_HOLD_SECRET.test(text)) return undefined;
  return SECRET_FORMATS.find(({ pattern }) => pattern.test(text))?.what;
}

/** Would showing this value give a secret away? References to secrets (ARNs), paths, flags and numbers do not. */
export function isSecretValue(name: string, value: string): boolean {
  if (secretFormat(value) !== undefined) return true;
  return isSecretName(name) && !isHarmlessValue(value);
}

function isHarmlessValue(value: string): boolean {
  return /^$|^arn:|^s3:\/\/|^\/[\w./-]+$|^(?:true|false|yes|no|on|off|none|null)$|^\d{1,5}$|^Ref::/i.test(value);
}

/** `DB_PASSWORD` → db, password; `dbPassword` and `splunk-token` likewise. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '');
}
