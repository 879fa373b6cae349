import { isJsonList, isJsonObject, type Json, type JsonObject, readText } from './json.ts';
import { isSecretValue } from './secrets.ts';

/**
 * Hides secrets, the same one always behind the same word, so that two masked definitions still differ where the secrets do. The
 * ARN of a secret (`valueFrom`) is no secret.
 */
export function createMask(): (definition: JsonObject) => JsonObject {
  const seen = new Map<string, string>();
  const hide = (value: string) => {
    const word = seen.get(value) ?? `*** (secret ${seen.size + 1})`;
    seen.set(value, word);
    return word;
  };
  const maskText = (name: string, value: string) => (isSecretValue(name, value) ? hide(value) : value);
  const mask = (name: string, value: Json): Json => {
    if (typeof value === 'string') return name === 'valueFrom' ? value : maskText(name, value);
    if (isJsonList(value)) return value.map(entry => mask('', entry));
    return isJsonObject(value) ? maskMembers(value) : value;
  };
  const maskMembers = (object: JsonObject): JsonObject => {
    const entryName = readText(object['name']);
    return Object.fromEntries(
      Object.entries(object).map(([member, value]) => {
        const name = member === 'value' && entryName !== undefined ? entryName : member;
        return [member, value === undefined ? value : mask(name, value)];
      }),
    );
  };
  return maskMembers;
}
