/** Lifecycle policies at work: a day after the last evaluation at the latest, whatever expires is gone. */
import { removeImage, sweepLayers } from './images.ts';
import { parseLifecyclePolicy, planExpiry } from './lifecycle-policy.ts';
import type { Repository } from './model.ts';
import type { Registries } from './registries.ts';

const EVALUATION_MS = 24 * 60 * 60 * 1000;

/** Called whenever somebody looks at a repository; nobody can tell it from a timer. */
export function applyLifecycle(registries: Registries, repository: Repository): void {
  const { lifecyclePolicyText, lifecycleEvaluatedAt = repository.createdAt } = repository;
  const now = registries.now();
  if (lifecyclePolicyText === undefined || now - lifecycleEvaluatedAt < EVALUATION_MS) return;
  const images = [...registries.images(repository).entries()].map(([, image]) => image);
  const expiring = planExpiry(parseLifecyclePolicy(lifecyclePolicyText), images, now);
  for (const { image } of expiring) removeImage(registries, repository, image);
  if (expiring.length > 0) sweepLayers(registries, repository);
  registries.change(repository, { lifecycleEvaluatedAt: now });
}
