import type { OverviewRow } from '../../admin/control-plane.ts'
import { CLASSES, type DifferenceClass } from '../../core/comparison/comparison.ts'
import { addCounts } from '../../core/evidence/counts.ts'
import { BOUNDS, type Bound } from '../../core/exchange/bound.ts'
import { OUTCOMES, type Outcome } from '../../core/evidence/evidence.ts'
import { count, share, smallShare } from '../figures.ts'
import { ClassName } from './names.tsx'

/** How requests ended, in a sentence each. */
const MEANINGS: Readonly<Record<Outcome, string>> = {
  compared: 'both answers were there and were compared',
  stage: 'the stage has no shadow',
  'not-sampled': 'left out by mirror.sample',
  unmirrorable: 'not a query, or not safe to ask twice',
  unclassified: 'no operation could be told',
  denied: 'on the deny list: never asked twice',
  loop: 'came from a Banyan already',
  breaker: 'answered by legacy at once: the candidate was down',
  pin: 'answered where the subject wrote a moment ago',
  shed: 'too much was under way; the client goes first',
  'over-cap': 'an answer was larger than mirror.maxBodyBytes',
  'primary-failed': 'the client got no answer to compare with',
  'shadow-failed': 'the shadow gave no answer',
  'shadow-timeout': 'the shadow took longer than mirror.timeoutMs',
  'not-comparable': 'two answers that cannot be judged',
  race: 'differed, and agreed when both were asked again',
  'near-write': 'differed right after a write of the same session, and nobody found it again',
  'not-written': 'a write that the primary refused, and so nobody else was asked',
  'sandbox-gap': 'a write of the same subject is missing in the sandbox',
  validated: 'a write that both sides found valid; nothing else was compared',
  halted: 'not rehearsed: the candidate is not known to leave nothing behind',
  executed: 'rehearsed, and perhaps done all the same',
  lost: 'the shadow thread ended before it counted',
}

/** Which bound let requests go that were shed. */
const BOUND_MEANINGS: Readonly<Record<Bound, string>> = {
  strain: 'the main thread of the edge had more to do than it can',
  thread: 'the shadow thread was being started',
  ring: 'the handover to the shadow thread was full, or half full when the request began',
  'in-flight': 'mirror.maxInFlight were under way',
  'warm-up': 'fewer may be under way until the shadow has shown what it can do',
  'shadow-failing': 'fewer may be under way while the shadow fails or says 429 or 503',
  'shadow-down': 'the shadow was down',
  'shadow-slow': 'fewer may be under way since the shadow got slower',
  'legacy-slow': 'fewer may be under way since legacy got slower',
  requests: 'too many requests waited for their primary',
  bytes: 'the shadow thread held as many bytes as it may',
  backlog: 'too many pairs waited to be compared',
  sandbox: 'too many writes waited for the sandbox, or this one for too long',
}

/** How the requests of some rows ended; each ended in exactly one way. */
export function Outcomes({ rows }: { readonly rows: readonly OverviewRow[] }) {
  const outcomes = rows.reduce<Readonly<Partial<Record<Outcome, number>>>>((sum, { summary }) => addCounts(sum, summary.outcomes), {})
  const shed = rows.reduce<Readonly<Partial<Record<Bound, number>>>>((sum, { summary }) => addCounts(sum, summary.shed ?? {}), {})
  const total = Object.values(outcomes).reduce((sum, times) => sum + times, 0)
  const seen = OUTCOMES.filter((outcome) => (outcomes[outcome] ?? 0) > 0)
  return (
    <table class="counts">
      <caption>How requests ended</caption>
      <Head first="Outcome" />
      <tbody>
        {seen.map((outcome) => (
          <tr key={outcome}>
            <th scope="row">
              {outcome}
              <span class="sub">{MEANINGS[outcome]}</span>
              {outcome === 'shed' && <Bounds shed={shed} />}
            </th>
            <Figures times={outcomes[outcome] ?? 0} total={total} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Which bounds let requests go, most first. */
function Bounds({ shed }: { readonly shed: Readonly<Partial<Record<Bound, number>>> }) {
  const met = BOUNDS.filter((bound) => (shed[bound] ?? 0) > 0).toSorted((a, b) => (shed[b] ?? 0) - (shed[a] ?? 0))
  return met.map((bound) => (
    <span key={bound} class="sub">
      {count(shed[bound] ?? 0)} {bound}: {BOUND_MEANINGS[bound]}
    </span>
  ))
}

/** The classes of the comparisons of some rows, worst first. */
export function Classes({ rows }: { readonly rows: readonly OverviewRow[] }) {
  const classes = rows.reduce<Readonly<Partial<Record<DifferenceClass, number>>>>((sum, { summary }) => addCounts(sum, summary.classes), {})
  const total = Object.values(classes).reduce((sum, times) => sum + times, 0)
  const seen = CLASSES.toReversed().filter((name) => (classes[name] ?? 0) > 0)
  return (
    <table class="counts">
      <caption>What comparisons found</caption>
      <Head first="Class" />
      <tbody>
        {seen.map((name) => (
          <tr key={name}>
            <th scope="row">
              <ClassName name={name} />
            </th>
            <Figures times={classes[name] ?? 0} total={total} />
          </tr>
        ))}
        {seen.length === 0 && (
          <tr>
            <td colSpan={3} class="nothing">
              Nothing was compared.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  )
}

function Head({ first }: { readonly first: string }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        <th scope="col" class="number">
          Count
        </th>
        <th scope="col" class="number">
          Share
        </th>
      </tr>
    </thead>
  )
}

function Figures({ times, total }: { readonly times: number; readonly total: number }) {
  const part = times / total
  return (
    <>
      <td class="number">{count(times)}</td>
      <td class="number">{part < 0.5 ? smallShare(part) : share(part)}</td>
    </>
  )
}

/** Answers that clients did not get, by origin and cause. Nothing where nothing failed. */
export function Failures({ rows }: { readonly rows: readonly OverviewRow[] }) {
  const failures = rows.reduce<Readonly<Record<string, number>>>((sum, { summary }) => ({ ...addCounts(sum, summary.failures) }), {})
  const requests = rows.reduce((sum, { summary }) => sum + summary.requests, 0)
  const entries = Object.entries(failures).toSorted(([, a], [, b]) => b - a)
  if (entries.length === 0) return undefined
  return (
    <table class="counts">
      <caption>What clients did not get</caption>
      <Head first="Origin and cause" />
      <tbody>
        {entries.map(([cause, times]) => (
          <tr key={cause}>
            <th scope="row">{cause.replace(':', ': ')}</th>
            <Figures times={times} total={requests} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}
