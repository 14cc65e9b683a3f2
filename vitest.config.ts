import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real servers, browsers and databases start in these tests, on machines that may be slow: only a hang is a failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Most of a test of a whole process tree is waiting for it to start: two of them hardly disturb each other, even on two cores.
    maxWorkers: 2,
    // Where nobody watches, what failed is run once more: whole process trees on a shared machine are sometimes starved. The reporter names those that needed it.
    retry: process.env['CI'] === undefined ? 0 : 1,
    reporters: ['default', './test/support/plain-reporter.ts'],
    coverage: { include: ['src/**'], provider: 'v8' },
  },
})
