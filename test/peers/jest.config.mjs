/** Tests that need programs of other people: Docker, skopeo, the AWS CLI, Go. `npm run test:peers` runs them, `npm test` does not. */
import base from '../../jest.config.mjs';

export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/peers'],
  testMatch: ['<rootDir>/test/peers/**/*.peer.test.ts'],
  testPathIgnorePatterns: [],
  testTimeout: 120_000,
};
