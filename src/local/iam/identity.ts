/** Who may come in: an account's roles and the identity providers that it knows. What IAM keeps, and STS looks at. */
import type { Store, Table } from '../model.ts';

export interface Role {
  readonly RoleName: string;
  readonly RoleId: string;
  readonly Path: string;
  readonly Arn: string;
  readonly CreateDate: string;
  readonly AssumeRolePolicyDocument: string;
  readonly Description?: string | undefined;
  /** Seconds. */
  readonly MaxSessionDuration: number;
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
}

/** An issuer of OIDC tokens. */
export interface Provider {
  readonly Arn: string;
  /** Without its scheme, as AWS gives it back: `token.actions.githubusercontent.com`. */
  readonly Url: string;
  /** The audiences that it takes. */
  readonly ClientIDList: readonly string[];
  readonly ThumbprintList: readonly string[];
  readonly CreateDate: string;
}

export interface Identity {
  readonly roles: Table<Role>;
  readonly providers: Table<Provider>;
  findRole(account: string, name: string): Role | undefined;
  findProvider(account: string, issuer: string): Provider | undefined;
  providersOf(account: string): readonly Provider[];
}

export function openIdentity(store: Store): Identity {
  const roles: Table<Role> = store.table('iam.roles');
  const providers: Table<Provider> = store.table('iam.oidc-providers');
  return {
    roles,
    providers,
    findRole: (account, name) => roles.get(roleKey(account, name)),
    findProvider: (account, issuer) => providers.get(providerArn(account, withoutScheme(issuer))),
    providersOf: account => [...providers.entries()].map(([, provider]) => provider).filter(isOf(account)),
  };
}

/** Roles are an account's, of no region; their names are the same in any case. */
export function roleKey(account: string, name: string): string {
  return `${account}/${name.toLowerCase()}`;
}

export function providerArn(account: string, url: string): string {
  return `arn:aws:iam::${account}:oidc-provider/${url}`;
}

export function withoutScheme(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '');
}

function isOf(account: string): (provider: Provider) => boolean {
  return ({ Arn }) => Arn.startsWith(providerArn(account, ''));
}
