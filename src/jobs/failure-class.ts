import { ConfigurationError } from '../errors.ts';
import { FAILURE_CLASSES, type FailureClass } from '../failure-classes.ts';
import { suggestName } from '../nearest-name.ts';

/** Names of failure classes, as somebody typed them. Throws ConfigurationError with every one that is none. */
export function parseFailureClasses(names: readonly string[]): readonly FailureClass[] {
  const unknown = names.filter(name => !isFailureClass(name));
  if (unknown.length > 0)
    throw new ConfigurationError(
      unknown.map(name => ({
        message: `there is no failure class "${name}"`,
        remedy: suggestName(name, FAILURE_CLASSES),
      })),
    );
  return names.filter(isFailureClass);
}

function isFailureClass(name: string): name is FailureClass {
  return FAILURE_CLASSES.some(known => known === name);
}
