import type { Log } from '../telemetry/log.ts'

export interface Signalled {
  /** SIGTERM and SIGINT. */
  drain(): Promise<void>
  /** A second one. */
  kill(): void
  /** SIGHUP. */
  reload(): void
}

/** Resolves after an orderly end. A second signal ends everything at once. */
export function untilSignal(tree: Signalled, log: Log): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0
    const onSignal = (signal: NodeJS.Signals): void => {
      signals += 1
      log.info({ signal }, signals === 1 ? 'draining' : 'ending at once')
      if (signals > 1) {
        tree.kill()
        process.exit(1)
      }
      void tree.drain().then(resolve)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
    process.on('SIGHUP', () => tree.reload())
    // Started by another program of ours, the demo: nobody is left to send a signal when that is gone.
    process.on('disconnect', () => onSignal('SIGTERM'))
  })
}
