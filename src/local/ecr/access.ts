/** Resource policies, as far as they decide who of another account may come in. Within an account everything is allowed. */
import { isRecord } from '../json.ts';
import { ServiceError } from '../model.ts';
import { asTexts, namesAction, readStatements } from '../policy-document.ts';
import type { Repository } from './model.ts';
import { repositoryArn } from './names.ts';

/** Throws AccessDeniedException when `account` is not the repository's own and its policy does not let it in. */
export function checkAccess(repository: Repository, account: string, action: string): void {
  if (account === repository.account) return;
  if (repository.policyText !== undefined && allows(repository.policyText, account, action)) return;
  throw accessDenied(account, action, repositoryArn(repository));
}

export function accessDenied(account: string, action: string, resource: string): ServiceError {
  return new ServiceError(
    'AccessDeniedException',
    `User: arn:aws:iam::${account}:root is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`,
    400,
  );
}

/** Whether a policy lets the account do `ecr:<Call>`: one statement that allows it and none that denies it. Conditions are not read: a statement with one allows nothing and, to be safe, denies. */
export function allows(policyText: string, account: string, action: string): boolean {
  const matching = readStatements(policyText).filter(
    statement => namesAction(statement['Action'], action) && concerns(statement['Principal'], account),
  );
  const allowed = matching.some(statement => statement['Effect'] === 'Allow' && statement['Condition'] === undefined);
  return allowed && !matching.some(statement => statement['Effect'] === 'Deny');
}

function concerns(principal: unknown, account: string): boolean {
  if (principal === '*') return true;
  if (!isRecord(principal)) return false;
  return asTexts(principal['AWS']).some(
    who => who === '*' || who === account || new RegExp(`^arn:aws[a-z-]*:iam::${account}:`).test(who),
  );
}
