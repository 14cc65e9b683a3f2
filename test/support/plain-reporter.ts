import type { Reporter, TestModule } from 'vitest/node'

/** Ends the run with one plain line that any script can read: `N passed, N failed, N skipped`. */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    // What nobody caught would have ended the process that is tested, and belongs to no test.
    const count = { passed: 0, failed: unhandled.length, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state !== 'pending') count[state] += 1
        if (test.diagnostic()?.flaky === true) process.stdout.write(`\nneeded a second run: ${module.relativeModuleId} > ${test.fullName}`)
      }
      // A file that cannot be loaded has no tests and must not look green.
      if (module.state() === 'failed' && count.failed === 0) count.failed += 1
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
  }
}
