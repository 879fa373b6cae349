import type { DefinitionConfig } from '../../config/model.ts';
import { readSubject } from '../lint/subject.ts';
import type { LiveDefinition } from '../live.ts';
import type { Definition } from '../model.ts';
import type { Candidate } from './model.ts';

export function renderedCandidate(definition: Definition): Candidate {
  return { definition, subject: readSubject(definition), live: false };
}

/** The content of a live revision itself, whatever the templates say today. */
export function liveCandidate(config: DefinitionConfig, { name, revision, described }: LiveDefinition): Candidate {
  const definition: Definition = {
    target: config,
    family: config.family.name,
    tier: config.tier.name,
    name: `${name}:${revision}`,
    // All that is read of it has the same shape described and requested; only the enumerations are wider here.
    request: described as Definition['request'],
    positionOf: () => ({ path: config.family.template, line: 1, column: 1 }),
    config,
  };
  return { definition, subject: readSubject(definition), live: true };
}
