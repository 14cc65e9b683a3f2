import { carried, count, micros, percent, tableFrom } from './figures.ts'
import type { Load, Run } from './measure.ts'

export interface Row {
  readonly name: string
  /** The median of each figure. */
  readonly run: Run | undefined
  /** Median of the throughput against nginx's in the same round. */
  readonly againstNginx: number | undefined
}

export function titleOf(load: Load): string {
  const asked = load.kind === 'rate' ? `${load.rate.toLocaleString('en')} requests a second (open loop)` : 'as many as go through'
  return `${load.size} KB, ${load.connections} ${load.connections === 1 ? 'connection' : 'connections'}, ${asked}`
}

/** A table of one load. */
export function tableOf(load: Load, rows: readonly Row[]): string {
  const isRate = load.kind === 'rate'
  const head = [
    'router',
    'requests/s',
    'x nginx',
    'its core carries',
    'main thread, µs/request',
    'all threads',
    'its core busy',
    'the other',
    'p50, µs',
    'p99',
    'p99.9',
    'compared',
    'MiB',
    'failed',
  ]
  const body = rows.flatMap(({ name, run, againstNginx }) =>
    run === undefined
      ? []
      : [
          [
            name,
            count(run.perSecond),
            againstNginx === undefined || isRate ? '–' : againstNginx.toFixed(2),
            // At a low rate a request costs more than it does at a high one, so what it costs then says little about what a core carries.
            isRate ? '–' : carried(run.clientCpu),
            micros(run.mainCpu),
            micros(run.clientCpu + run.shadowCpu + run.controlCpu),
            run.clientCore === 0 ? '–' : percent(run.clientCore),
            percent(run.otherCore),
            run.p50.toFixed(0),
            run.p99.toFixed(0),
            run.p999.toFixed(0),
            run.compared === 0 ? '–' : `${(run.compared * 100).toFixed(1)} %`,
            run.memory === 0 ? '–' : run.memory.toFixed(0),
            String(run.failed),
          ],
        ],
  )
  return `### ${titleOf(load)}\n\n${tableFrom(head, body)}`
}
