export default {
  testEnvironment: 'node',
  // Jest leaves one core free by default; of two that is half.
  maxWorkers: '100%',
  // Long enough for a machine with other work: no test waits for time itself.
  testTimeout: 30_000,
  roots: ['<rootDir>/src', '<rootDir>/actions', '<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/peers/', '<rootDir>/test/pipelines/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/tools/strip-types.mjs' },
  collectCoverageFrom: ['src/**/*.ts', '!src/demo/**'],
  coverageThreshold: { global: { lines: 90, branches: 90 } },
  coverageDirectory: '<rootDir>/coverage',
};
