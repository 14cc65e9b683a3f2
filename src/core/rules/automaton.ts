import type { Expression } from './expression.ts'

/** What expressions may still cost in one comparison, in visited steps. Shared by all values, so that many cost no more than one. */
export interface Effort {
  left: number
}

/** Some tenths of a second. */
export const REGEX_EFFORT = 10_000_000

/** Longer texts are left alone. */
const MAX_LENGTH = 10_000

/** Ends of the captured groups, two places each, the whole match first. */
type Slots = readonly (number | undefined)[]

interface Thread {
  readonly step: number
  readonly slots: Slots
}

/**
 * Replaces every match. `$1` is a group, `$&` the whole match, `$$` a dollar.
 * @returns nothing where the effort is spent: then nobody knows, and nothing is replaced
 */
export function replaceAll(expression: Expression, text: string, replace: string, effort: Effort): string | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const characters = Array.from(text)
  let result = ''
  for (let at = 0; at <= characters.length;) {
    const slots = search(expression, characters, at, effort)
    if (effort.left <= 0) return undefined
    const [start, end] = slots ?? []
    if (slots === undefined || start === undefined || end === undefined) return result + characters.slice(at).join('')
    result += characters.slice(at, start).join('') + fill(replace, characters, slots)
    // An empty match takes its neighbour along, or it would be found for ever.
    if (end === start) result += characters[end] ?? ''
    at = end === start ? end + 1 : end
  }
  return result
}

function fill(replace: string, characters: readonly string[], slots: Slots): string {
  return replace.replaceAll(/\$(\$|&|\d)/g, (whole, sign: string) => {
    if (sign === '$') return '$'
    const index = sign === '&' ? 0 : Number(sign)
    if (index * 2 >= slots.length) return whole
    const [start, end] = slots.slice(index * 2)
    // A group that took no part is empty.
    return start === undefined || end === undefined ? '' : characters.slice(start, end).join('')
  })
}

/** The leftmost match at or behind a place: all ways at once, in the order in which backtracking would try them (Pike's machine). */
function search({ steps, groups }: Expression, characters: readonly string[], from: number, effort: Effort): Slots | undefined {
  const empty: Slots = Array.from({ length: (groups + 1) * 2 }, () => undefined)
  let threads: Thread[] = []
  let found: Slots | undefined
  for (let at = from; at <= characters.length && effort.left > 0; at += 1) {
    const [before, after] = [characters[at - 1] ?? '', characters[at] ?? '']
    const reached: Thread[] = []
    const seen = new Set<number>()
    const starts = found === undefined ? [...threads, { step: 0, slots: empty }] : threads
    for (const thread of starts) follow(thread)
    effort.left -= seen.size + 1
    threads = []
    for (const { step, slots } of reached) {
      const current = steps[step]
      if (current?.kind === 'end') {
        // What comes later was tried later: it cannot win.
        found = slots
        break
      }
      if (current?.kind === 'one' && after !== '' && current.fits(after)) threads.push({ step: step + 1, slots })
    }
    if (threads.length === 0 && found !== undefined) break

    /** Goes on to the steps that read a character, each once. */
    function follow(first: Thread): void {
      const waiting = [first]
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const { step, slots } = next
        const current = steps[step]
        if (current === undefined || seen.has(step)) continue
        seen.add(step)
        if (current.kind === 'jump') waiting.push({ step: current.to, slots })
        else if (current.kind === 'split') waiting.push({ step: current.second, slots }, { step: current.first, slots })
        else if (current.kind === 'save') waiting.push({ step: step + 1, slots: slots.with(current.slot, at) })
        else if (current.kind !== 'edge') reached.push(next)
        else if (current.holds(before, after)) waiting.push({ step: step + 1, slots })
      }
    }
  }
  return found
}
