import { ON_OTHER } from './cpu.ts'
import { carried, count, micros, percent, tableFrom } from './figures.ts'
import type { Load, Run } from './measure.ts'
import { titleOf, type Row } from './report.ts'

/** A core that is busy for this share of the time has none left: the rest is the start and the end of the load. */
const FULL = 0.9

/** What the other core does for a request, by who does it, and which of the two cores is full. */
export function budgetOf(load: Load, rows: readonly Row[]): string {
  const head = [
    'router',
    'load, µs/request',
    'legacy',
    'candidate',
    'shadow thread',
    'control',
    'the other core in all',
    'it carries, requests/s',
    'if all were compared',
    "the client's core carries",
    'measured',
    'full',
    "strangers, client's core",
    'the other',
  ]
  const body = rows.flatMap(({ name, run }) => (run === undefined || run.requests === 0 ? [] : [[name, ...cellsOf(run)]]))
  return `### Who needs the cores: ${titleOf(load)}\n\n${tableFrom(head, body)}`
}

function cellsOf(run: Run): readonly string[] {
  const other = ON_OTHER.reduce((sum, who) => sum + run[who], 0)
  return [
    micros(run.loadCpu),
    micros(run.legacyCpu),
    micros(run.candidateCpu),
    micros(run.shadowCpu),
    micros(run.controlCpu),
    micros(other),
    carried(other),
    run.compared === 0 ? '–' : carried(allCompared(run)),
    carried(run.clientCpu),
    count(run.perSecond),
    fullOf(run),
    run.clientCpu === 0 ? '–' : percent(run.strangersBeside),
    percent(run.strangersOnOther),
  ]
}

/** What the candidate and the shadow thread need is for those requests that are compared. */
function allCompared(run: Run): number {
  return ON_OTHER.reduce((sum, who) => sum + (who === 'candidateCpu' || who === 'shadowCpu' ? run[who] / run.compared : run[who]), 0)
}

function fullOf({ clientCpu, clientCore, otherCore, strangersBeside, strangersOnOther }: Run): string {
  const full = [
    ...(clientCpu > 0 && clientCore + strangersBeside >= FULL ? ["the client's"] : []),
    ...(otherCore + strangersOnOther >= FULL ? ['the other'] : []),
  ]
  return full.length === 0 ? 'neither' : full.join(' and ')
}
