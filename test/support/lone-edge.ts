import { createServer } from 'node:net'
import { onTestFinished } from 'vitest'
import { Edge } from '../../src/app/edge.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { EvidenceBatch } from '../../src/core/evidence/batch.ts'
import { EMPTY_EVIDENCE, mergeEvidence, type Evidence } from '../../src/core/evidence/evidence.ts'
import { setStage } from '../../src/core/routing/set-stage.ts'
import { flagKeyOf, type Flag } from '../../src/core/routing/flag.ts'
import type { Stage } from '../../src/core/routing/stage.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { writeConfig } from './banyan.ts'
import { NO_FACTS } from './control-facts.ts'
import { seriesOf, type Series } from './series.ts'
import { listening, until, type Finished, type Listening } from './sockets.ts'

export interface LoneEdge extends Listening {
  /** Sets the flag of an operation as soon as it was seen, by its key without the signature. */
  set(operation: string, stage: Stage): Promise<void>
  /** As the emergency file does. */
  everythingToLegacy(): void
  /** Everything that was counted of an operation. */
  evidence(operation: string): Evidence
  /** Requests of an operation, by how they ended. */
  outcomes(operation: string): Readonly<Record<string, number>>
  /** What `/metrics` would say of it now. */
  metrics(): Promise<Series>
}

/** A whole edge with its shadow thread, in this process: without supervisor, control and store, which take a while to start. */
export async function startLoneEdge(config: Parameters<typeof writeConfig>[0], finished: Finished = onTestFinished): Promise<LoneEdge> {
  const { file } = await writeConfig(config, finished)
  const result = loadConfig({ file, env: {}, cwd: '/', now: 0, cores: 1 })
  if ('problems' in result) throw new Error(JSON.stringify(result.problems))
  const batches: EvidenceBatch[] = []
  // No control runs beside it.
  const metrics = createMetrics({}, () => Promise.resolve(NO_FACTS), Date.now)
  const flags = new Map<string, Flag>()
  const edge = new Edge(result.loaded, 'edge-test', (news) => {
    if (news.kind === 'gauges') metrics.gauges('edge-test', news.gauges)
    if (news.kind !== 'evidence') return
    batches.push(news.batch)
    metrics.observe(news.batch)
    edge.stored(news.batch)
  })
  finished(() => edge.drain(0))
  const acceptor = await listening(
    createServer({ noDelay: true }, (socket) => edge.connection(socket)),
    finished,
  )
  const seen = (): readonly string[] => batches.flatMap(({ operations }) => operations.map(({ key }) => key))
  const isOf = (operation: string) => (key: string) => key === operation || key.startsWith(`${operation}#`)
  const evidence = (operation: string): Evidence =>
    batches
      .flatMap(({ cells }) => cells.filter((cell) => isOf(operation)(cell.operation)))
      .reduce((sum, cell) => mergeEvidence(sum, cell.evidence), EMPTY_EVIDENCE)
  return {
    ...acceptor,
    evidence,
    async set(operation, stage) {
      await until(() => seen().some(isOf(operation)))
      const key = seen().find(isOf(operation)) ?? ''
      const flag = flagKeyOf(key)
      flags.set(flag, setStage(flags.get(flag), flag, { operations: [key], stage, percent: 100, rest: 'off' }, 'off'))
      edge.stages.update({ flags: [...flags.values()], segments: [] })
    },
    everythingToLegacy() {
      edge.stages.everythingToLegacy = true
    },
    outcomes: (operation) => evidence(operation).outcomes,
    metrics: async () => seriesOf(await metrics.render()),
  }
}
