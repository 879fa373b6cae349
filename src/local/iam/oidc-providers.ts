/** The OIDC identity providers of an account: whose tokens AssumeRoleWithWebIdentity takes, and for which audiences. */
import { type JsonService, type LocalContext, ServiceError, type ServiceRequest } from '../model.ts';
import { readText, readTexts } from '../query-input.ts';
import { invalid } from './errors.ts';
import { type Identity, type Provider, providerArn, withoutScheme } from './identity.ts';

export function oidcProviderOperations(
  { providers, providersOf }: Identity,
  { clock }: LocalContext,
): JsonService['operations'] {
  const require = ({ account, input }: ServiceRequest): Provider => {
    const arn = readText(input, 'OpenIDConnectProviderArn');
    if (arn === undefined) throw invalid(undefined, 'openIDConnectProviderArn', 'not be null');
    const provider = providersOf(account).find(({ Arn }) => Arn === arn);
    if (provider) return provider;
    throw new ServiceError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`, 404);
  };
  return {
    CreateOpenIDConnectProvider({ account, input }) {
      const Url = readUrl(input);
      const Arn = providerArn(account, Url);
      if (providers.get(Arn))
        throw new ServiceError('EntityAlreadyExists', `Provider with url https://${Url} already exists.`, 409);
      providers.put(Arn, {
        ...{ Arn, Url, ClientIDList: readTexts(input, 'ClientIDList.member') },
        ThumbprintList: readTexts(input, 'ThumbprintList.member'),
        CreateDate: new Date(clock.now()).toISOString().replace(/\.\d+/, ''),
      });
      return { OpenIDConnectProviderArn: Arn };
    },
    GetOpenIDConnectProvider(request) {
      const { Url, ClientIDList, ThumbprintList, CreateDate } = require(request);
      return { Url, ClientIDList: { member: ClientIDList }, ThumbprintList: { member: ThumbprintList }, CreateDate };
    },
    ListOpenIDConnectProviders: ({ account }) => ({
      OpenIDConnectProviderList: { member: providersOf(account).map(({ Arn }) => ({ Arn })) },
    }),
    DeleteOpenIDConnectProvider(request) {
      providers.delete(require(request).Arn);
      return {};
    },
  };
}

/** AWS takes https alone; a stand-in on this machine may do without. */
function readUrl(input: ServiceRequest['input']): string {
  const url = readText(input, 'Url');
  if (url === undefined) throw invalid(undefined, 'url', 'not be null');
  if (!/^https:\/\/[^?#]+$|^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/[^?#]*)?$/.test(url))
    throw new ServiceError('ValidationError', 'Invalid Open ID Connect Provider URL');
  return withoutScheme(url).replace(/\/$/, '');
}
