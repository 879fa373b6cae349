/** `Ref::name` in commands. https://docs.aws.amazon.com/batch/latest/userguide/job_definition_parameters.html#parameters */

/** The definition's parameters with the submitted ones over them, key by key. */
export function mergeParameters(
  given: Readonly<Record<string, string>> | undefined,
  over: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return { ...given, ...over };
}

/** Puts in every parameter that has a value, also inside a longer word; a name without a value stays as it is written. */
export function substitute(word: string, parameters: Readonly<Record<string, string>>): string {
  if (!word.includes('Ref::')) return word;
  return word.replace(/Ref::([A-Za-z0-9_-]+)/g, (written, name: string) => {
    const key = longestKnown(name, parameters);
    return key === undefined ? written : `${parameters[key]}${name.slice(key.length)}`;
  });
}

/** `Ref::input-v2` with only `input` known: the longest name that is known. */
function longestKnown(name: string, parameters: Readonly<Record<string, string>>): string | undefined {
  for (let length = name.length; length > 0; length--) {
    const key = name.slice(0, length);
    if (Object.hasOwn(parameters, key)) return key;
  }
  return undefined;
}
