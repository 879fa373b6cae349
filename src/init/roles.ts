/** Roles, which the configuration knows by name. */
import type { Cell, Value } from './model.ts';

export type RoleName = 'executionRole' | 'jobRole';

/** Members of a request that hold a role's ARN. */
export const ROLE_MEMBERS: Readonly<Record<string, RoleName>> = {
  executionRoleArn: 'executionRole',
  jobRoleArn: 'jobRole',
  taskRoleArn: 'jobRole',
};

/** As the configuration's schema takes it. */
const ROLE_NAME = /^[\w+=,.@/-]+$/;

/** The name, with its path, of a role of the definition's own account; undefined for another, and for what is no ARN. */
export function readRole(
  value: Value | undefined,
  cell: Pick<Cell, 'account' | 'partition'> | undefined,
): string | undefined {
  if (typeof value !== 'string' || cell === undefined) return undefined;
  const prefix = `arn:${cell.partition}:iam::${cell.account}:role/`;
  const name = value.startsWith(prefix) ? value.slice(prefix.length) : '';
  return ROLE_NAME.test(name) ? name : undefined;
}
