/** Node's own words, also where the SDK has wrapped its error: `connect ECONNREFUSED 127.0.0.1:4566`, `getaddrinfo ENOTFOUND sts.x`. */
const UNANSWERED =
  /\b(?:connect|getaddrinfo) (?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN) (\S+)/;

/** What to do about a call to AWS that reached nobody, whatever its credentials; undefined for one that was answered. */
export function describeUnanswered(error: unknown): string | undefined {
  // Of a name with several addresses each was tried, and each has its own error.
  const { message, errors } = Object(error) as { message?: unknown; errors?: unknown };
  const messages = [message, ...(Array.isArray(errors) ? errors.map(each => Object(each).message) : [])];
  const [place] = messages.flatMap(text => UNANSWERED.exec(String(text))?.[1] ?? []);
  if (place === undefined) return undefined;
  return `Nothing answers at ${place}. Where AWS_ENDPOINT_URL is set, look whether \`batchwright local\` runs there, or unset it; else look at the network and the name of the region.`;
}
