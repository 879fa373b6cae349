export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/actions', '<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/peers/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/tools/strip-types.mjs' },
  collectCoverageFrom: ['src/**/*.ts', '!src/demo/**'],
  coverageThreshold: { global: { lines: 90, branches: 90 } },
  coverageDirectory: '<rootDir>/coverage',
};
