import type { DeploymentState } from '../ports.ts';
import type { Document, Inline } from './document.ts';

export interface DeploymentRecord {
  readonly environment: string | undefined;
  readonly state: DeploymentState;
  /** Undefined when there is none. */
  readonly id: number | undefined;
  /** Whether GitHub took the state. */
  readonly told: boolean;
}

const BADGES: Readonly<Partial<Record<DeploymentState, 'good' | 'bad'>>> = {
  success: 'good',
  failure: 'bad',
  error: 'bad',
};

/** One line: a job has this report twice, at its beginning and at its end. */
export function reportDeployment({ environment, state, id, told }: DeploymentRecord): Document {
  const which = id === undefined ? 'The deployment' : `Deployment ${id}`;
  const badge = BADGES[state] ?? 'idle';
  const end: readonly Inline[] = told
    ? [': ', { badge, text: state.replace('_', ' ') }, '.']
    : [': ', { badge: 'warning', text: `${state.replace('_', ' ')}, which GitHub could not be told` }, '.'];
  return [{ type: 'paragraph', content: [which, ...(environment ? [' to ', { strong: environment }] : []), ...end] }];
}
