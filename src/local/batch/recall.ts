/** The work of an account and region as it was, for answers from the past. It moves nothing. */
import type { Caller } from '../model.ts';
import type { Past, Staleness } from '../past.ts';
import { openRealm } from './realm.ts';
import { Alarms } from './scheduling/alarms.ts';
import { RealmWork } from './scheduling/realm-work.ts';

export function recallWork(past: Past, caller: Caller, staleness: Staleness): RealmWork {
  const moment = past.momentOf(caller, staleness);
  const now = () => moment.at;
  const alarms = new Alarms({ now, sleep: () => Promise.reject(new Error('the past does not move')) });
  const { account, region } = caller;
  return new RealmWork(openRealm(past.storeAt(moment), { account, region }), { now, wake: () => undefined, alarms });
}
