import type { Load, Run } from './measure.ts'

interface Row {
  readonly name: string
  readonly run: Run | undefined
}

export function titleOf(load: Load): string {
  const asked = load.kind === 'rate' ? `${load.rate.toLocaleString('en')} requests a second (open loop)` : 'as many as go through'
  return `${load.size} KB, ${load.connections} ${load.connections === 1 ? 'connection' : 'connections'}, ${asked}`
}

const REFERENCE = 'nginx proxy_pass'

/** A table of one load. `x nginx` is the throughput, or at a fixed rate the added p99, as a ratio to nginx's in the same run. */
export function headed(load: Load, rows: readonly Row[]): string {
  const reference = rows.find(({ name }) => name === REFERENCE)?.run
  const head = [
    'router',
    'requests/s',
    'x nginx',
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
  const body = rows.flatMap(({ name, run }) =>
    run === undefined
      ? []
      : [
          [
            name,
            Math.round(run.perSecond).toLocaleString('en'),
            reference === undefined || load.kind === 'rate' ? '–' : (run.perSecond / reference.perSecond).toFixed(2),
            run.mainCpu === 0 ? '–' : run.mainCpu.toFixed(1),
            run.allCpu === 0 ? '–' : run.allCpu.toFixed(1),
            run.measuredCore === 0 ? '–' : percent(run.measuredCore),
            percent(run.loadCore),
            run.p50.toFixed(0),
            run.p99.toFixed(0),
            run.p999.toFixed(0),
            run.compared === 0 ? '–' : `${(run.compared * 100).toFixed(1)} %`,
            run.memory === 0 ? '–' : run.memory.toFixed(0),
            String(run.failed),
          ],
        ],
  )
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
