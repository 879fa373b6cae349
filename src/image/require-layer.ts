import type { LayerBuildConfig } from '../config/model.ts';
import { ConfigurationError } from '../errors.ts';
import { LAYER_EXAMPLE } from './layer-example.ts';

/** Throws ConfigurationError for the builder "layer" that has nothing to build. */
export function requireLayer(layer: LayerBuildConfig | undefined): LayerBuildConfig {
  if (layer) return layer;
  throw new ConfigurationError({
    message: 'The builder "layer" needs image.layer in the configuration',
    remedy: `Add it, for example ${LAYER_EXAMPLE}, or choose another builder.`,
  });
}
