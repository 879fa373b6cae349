/** Tests that need programs of other people: Docker, skopeo, the AWS CLI, Go, act. `npm run test:peers` runs them, `npm test` does not. */
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/peers', '<rootDir>/test/pipelines'],
  testMatch: ['<rootDir>/test/{peers,pipelines}/**/*.peer.test.ts'],
  testPathIgnorePatterns: [],
  testTimeout: 120_000,
};
