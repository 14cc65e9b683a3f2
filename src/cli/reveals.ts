import { userInfo } from 'node:os'
import type { RevealView } from '../admin/reveal-views.ts'
import { adminClient, pathPart } from './admin-client.ts'
import { table } from './table.ts'

interface Reading {
  readonly json?: boolean
  readonly admin: string
}

interface Author {
  readonly why: string
  readonly by?: string
}

const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`

export async function listReveals({ json, admin }: Reading): Promise<number> {
  // The cast says what the client's types lose on the way through JSON: absent members are absent.
  const reveals = (await (await adminClient(admin).reveals.$get()).json()) as readonly RevealView[]
  if (json === true) print(reveals)
  else if (reveals.length === 0) process.stdout.write('nobody revealed values: examples show what privacy.allow lets through\n')
  else
    process.stdout.write(
      table(
        ['reveal', 'values of', 'in', 'state', 'removed', 'who', 'why'],
        reveals.map((reveal) => [
          reveal.id,
          reveal.coordinates.join(', '),
          scopeOf(reveal),
          stateOf(reveal),
          moment(reveal.forgotten ?? reveal.forgetAt),
          reveal.who,
          reveal.why,
        ]),
      ),
    )
  return 0
}

export interface StartOptions extends Reading, Author {
  readonly minutes: number
  readonly operation?: string
  readonly region?: string
}

export async function startReveal(
  coordinates: readonly string[],
  { minutes, operation, region, why, by, json, admin }: StartOptions,
): Promise<number> {
  const body = {
    coordinates: [...coordinates],
    minutes,
    why,
    who: by ?? userInfo().username,
    ...(operation === undefined ? {} : { operation }),
    ...(region === undefined ? {} : { region }),
  }
  const reveal = (await (await adminClient(admin).reveals.$post({ json: body })).json()) as RevealView
  if (json === true) print(reveal)
  else {
    const { id, until, forgetAt, withheld } = reveal
    process.stdout.write(
      `${id}: values of ${coordinates.join(', ')} are kept in examples until ${moment(until)}, and removed at ${moment(forgetAt)}\n`,
    )
    if (withheld.length > 0) process.stdout.write(`looks personal and is not shown unless it is named itself: ${withheld.join(', ')}\n`)
  }
  return 0
}

export async function endReveal(
  id: string,
  { forget, why, by, json, admin }: Reading & Author & { readonly forget?: boolean },
): Promise<number> {
  const body = { why, who: by ?? userInfo().username, forget: forget ?? false }
  const reveal = (await (
    await adminClient(admin).reveals[':id'].end.$post({ param: { id: pathPart(id) }, json: body })
  ).json()) as RevealView
  if (json === true) print(reveal)
  else
    process.stdout.write(`${id}: ${stateOf(reveal)}; what was kept is removed ${body.forget ? 'now' : `at ${moment(reveal.forgetAt)}`}\n`)
  return 0
}

function scopeOf({ operation, region }: RevealView): string {
  return [operation, region].filter((part) => part !== undefined).join(', ') || 'everything'
}

function stateOf({ isOpen, until, ended, forgotten }: RevealView): string {
  if (forgotten !== undefined) return 'removed'
  if (isOpen) return `until ${moment(until)}`
  return ended === undefined ? 'over' : `ended by ${ended.who}`
}
