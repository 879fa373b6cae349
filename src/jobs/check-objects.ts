import { mapConcurrently } from './concurrently.ts';
import type { ChildResult } from './model.ts';
import { findObject, hashObject, type ObjectPorts } from './objects.ts';

/** S3 takes thousands of requests a second; this many at once keep a runner's sockets free. */
const AT_ONCE = 16;

/** Each succeeded child with the objects demanded of it, found or not. Throws RemoteError. */
export function findObjects(
  children: readonly ChildResult[],
  {
    region,
    writtenAfter,
    objectsOf,
  }: { region: string; writtenAfter: number | undefined; objectsOf: (index: number) => readonly string[] },
  ports: ObjectPorts,
): Promise<ChildResult[]> {
  return mapConcurrently(children, AT_ONCE, async child => {
    const uris = child.status === 'SUCCEEDED' ? objectsOf(child.arrayIndex ?? 0) : [];
    const objects = await mapConcurrently(uris, 1, uri => findObject(uri, region, writtenAfter, ports));
    return { ...child, objects };
  });
}

/** Address → SHA-256 of every object that the children wrote. Throws RemoteError. */
export async function hashObjects(
  children: readonly ChildResult[],
  region: string,
  ports: ObjectPorts,
): Promise<ReadonlyMap<string, string>> {
  const uris = [...new Set(children.flatMap(({ objects }) => objects.map(({ uri }) => uri)))];
  return new Map(
    await mapConcurrently(uris, AT_ONCE, async uri => [uri, await hashObject(uri, region, ports)] as const),
  );
}

/** The children with `sameBytes` set on each object. */
export function compareObjects(
  children: readonly ChildResult[],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): ChildResult[] {
  return children.map(child => ({
    ...child,
    objects: child.objects.map(object => ({ ...object, sameBytes: before.get(object.uri) === after.get(object.uri) })),
  }));
}
