/** ListImageReferrers: the artifacts that have an image as their subject. */
import type { ServiceRequest } from '../../model.ts';
import { invalidParameter } from '../errors.ts';
import { listReferring } from '../images.ts';
import { asString, type Input, omitUndefined, readList, readRecord, requireRecord, requireString } from '../input.ts';
import { isDigest } from '../names.ts';
import { cutPage, sortable } from '../page.ts';
import type { Registries } from '../registries.ts';
import { type Operations, readRepository } from './call.ts';

export function referrerOperations(registries: Registries): Operations {
  return { ListImageReferrers: request => listReferrers(registries, request) };
}

function listReferrers(registries: Registries, request: ServiceRequest): Input {
  const repository = readRepository(registries, request);
  const subject = requireString(requireRecord(request.input, 'subjectId'), 'imageDigest');
  if (!isDigest(subject))
    throw invalidParameter('subjectId.imageDigest', "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  const filter = readRecord(request.input, 'filter') ?? {};
  const artifactTypes = readList(filter, 'artifactTypes', { min: 0, max: 5 }, asString) ?? [];
  const referring = listReferring(registries, repository, subject).filter(
    ({ artifactMediaType }) => artifactTypes.length === 0 || artifactTypes.includes(artifactMediaType ?? ''),
  );
  const { items, nextToken } = cutPage(referring, ({ sequence }) => sortable(sequence), request.input, {
    normal: 50,
    max: 50,
  });
  const referrers = items.map(({ digest, mediaType, artifactMediaType, manifestBytes, annotations }) =>
    omitUndefined({
      digest,
      mediaType,
      artifactType: artifactMediaType,
      size: manifestBytes,
      annotations,
      artifactStatus: 'ACTIVE',
    }),
  );
  return omitUndefined({ referrers, nextToken });
}
