import { StandardRetryStrategy } from '@smithy/core/retry';
import { isLimited, isThrottled } from '../../limiter.ts';

type ErrorInfo = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[1];
type Token = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[0];

/**
 * The SDK's own, but for a throttled call that a rate limiter has sent: that goes back to the limiter, which slows all its calls down
 * and sends it again. The SDK would try six times by itself, for up to half a minute, and the limiter's other calls would go on as fast.
 */
export class LimitedRetryStrategy extends StandardRetryStrategy {
  override refreshRetryTokenForRetry(token: Token, info: ErrorInfo) {
    // Whatever this throws, the SDK throws the call's own error.
    if (isLimited() && isThrottled(info.error)) return Promise.reject(new Error('it is for the limiter to try again'));
    return super.refreshRetryTokenForRetry(token, info);
  }
}
