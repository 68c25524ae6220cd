/** Tests run on the compiled output: what is tested is what is shipped, and no transform stands between. */
export default {
  rootDir: 'dist',
  testMatch: ['**/*.test.js'],
  transform: {},
  testEnvironment: 'node',
  testTimeout: 60_000,
  maxWorkers: 2,
}
