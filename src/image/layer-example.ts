/** The least that an image without Docker needs, for who has none of it; `base` may be left out. */
export const LAYER_EXAMPLE = '`image: { layer: { source: app, entrypoint: [node, /app/main.mjs] } }`';
