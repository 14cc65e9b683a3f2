import type { Seen } from './clients.ts'
import { rowsOf, type Row } from './flat.ts'
import type { Reading } from './readings.ts'
import { MIRROR } from './router.ts'

/** All that a soak showed. */
export interface Soaked {
  readonly minutes: number
  readonly rate: number
  readonly hung: boolean
  /** How many different ways the candidate had. */
  readonly moods: number
  /** How often the database was away. */
  readonly outages: number
  /** How often all edges were replaced. */
  readonly replaced: number
  readonly readings: readonly Reading[]
  readonly seen: Seen
  /** The most that was seen of each. */
  readonly bounds: { readonly inFlight: number; readonly held: number; readonly ring: number }
  readonly compared: number
  /** What the log says of processes that died. */
  readonly died: readonly string[]
  /** What it says at all, once the database is back for good. */
  readonly complaints: readonly string[]
}

interface Check {
  readonly says: string
  readonly wanted: string
  readonly seen: string
  readonly isMet: boolean
}

const WRONG_SHOWN = 20
/** What the shadow thread may hold, and the ring has, as docs/telemetry.md says. */
const [HELD_BYTES, RING_BYTES] = [64 * 1_048_576, 8 * 1_048_576]

export function reportOf(soaked: Soaked): { readonly text: string; readonly isMet: boolean } {
  const [checks, rows] = [checksOf(soaked), rowsOf(soaked.readings)]
  const { minutes, rate, hung, moods, outages, replaced, seen, died, complaints } = soaked
  const what = hung
    ? 'the candidate hung all the time'
    : `the candidate in ${moods} ways, the database away ${outages} times, all edges replaced ${replaced} times at the end`
  const head = `Node ${process.versions.node}, ${minutes} minutes at ${rate} requests a second, ${what}.`
  const wrong = [...seen.wrong, ...died, ...complaints]
  const shown = wrong.length === 0 ? [] : [['```', ...wrong.slice(0, WRONG_SHOWN), '```'].join('\n')]
  return {
    text: [head, tableOfChecks(checks), tableOfRows(rows), ...shown].join('\n\n'),
    isMet: rows.length > 0 && checks.every(({ isMet }) => isMet) && rows.every(({ isFlat }) => isFlat),
  }
}

function checksOf({ seen, bounds, died, complaints, hung, compared, replaced }: Soaked): readonly Check[] {
  const exactly = (says: string, wanted: number, value: number): Check => ({
    says,
    wanted: wanted.toLocaleString('en'),
    seen: value.toLocaleString('en'),
    isMet: value === wanted,
  })
  const atMost = (says: string, wanted: number, value: number): Check => ({
    says,
    wanted: `≤ ${wanted.toLocaleString('en')}`,
    seen: value.toLocaleString('en'),
    isMet: value <= wanted,
  })
  return [
    exactly('clients that got exactly what legacy says, of those that stayed', seen.asked - seen.gone, seen.right),
    exactly('clients that got anything else', 0, seen.wrongCount),
    exactly('processes that died', 0, died.length),
    exactly('errors in the log at the end, when all is well again', 0, complaints.length),
    // Each origin has so many, for legacy is asked a second time as well.
    atMost('mirrored requests under way, at both origins', 2 * MIRROR.maxInFlight, bounds.inFlight),
    atMost('bytes held by the shadow thread', HELD_BYTES, bounds.held),
    atMost('bytes in the handover', RING_BYTES, bounds.ring),
    // Without comparisons, and without replacing, it was no soak of what it is for.
    ...(hung ? [] : [{ says: 'requests compared', wanted: '> 0', seen: String(compared), isMet: compared > 0 }]),
    ...(hung ? [] : [{ says: 'edges replaced under load', wanted: '> 0', seen: String(replaced), isMet: replaced > 0 }]),
  ]
}

function tableOfChecks(checks: readonly Check[]): string {
  const rows = checks.map(({ says, wanted, seen, isMet }) => `| ${says} | ${wanted} | ${seen} | ${isMet ? 'yes' : '**no**'} |`)
  return ['| what | wanted | seen | met |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function tableOfRows(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ process, figure, before, after, atMost, isFlat }) =>
      `| ${process} | ${figure} | ${before.toFixed(1)} | ${after.toFixed(1)} | ${atMost.toFixed(1)} | ${isFlat ? 'yes' : '**no**'} |`,
  )
  return [
    '| process | what it holds | second third | last third | at most | flat |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n')
}
