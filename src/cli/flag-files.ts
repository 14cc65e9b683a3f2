import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Flag } from '../core/routing/flag.ts'
import { asksFor } from '../core/routing/segment-lint.ts'
import type { FlagSet, Segment } from '../core/routing/segment.ts'
import { BanyanError } from '../errors.ts'
import { adminClient } from './admin-client.ts'
import { table, visible } from './table.ts'

interface Reading {
  readonly json?: boolean
  readonly admin: string
}

export async function exportFlags({ admin }: Reading): Promise<number> {
  const file = await (await adminClient(admin).flags.export.$get()).json()
  process.stdout.write(`${JSON.stringify(file, null, 2)}\n`)
  return 0
}

export interface ImportOptions extends Reading {
  readonly why: string
  readonly by?: string
  readonly dryRun?: boolean
  readonly ifUnchanged?: boolean
}

/** Takes over every flag of a file, one after the other; the first that is refused ends it, and those before it stay. */
export async function importFlags(
  path: string,
  { why, by, dryRun = false, ifUnchanged = false, json, admin }: ImportOptions,
): Promise<number> {
  const who = by ?? userInfo().username
  const done: { readonly flag: string; readonly did: string }[] = []
  const { flags, segments } = readFlags(path)
  // Flags that ask for them come after them.
  for (const segment of segments) {
    const json = { key: segment.key, segment, who, why, dryRun, ...(ifUnchanged ? { expectedVersion: segment.version } : {}) } as never
    const { segment: key, did } = await (await adminClient(admin).flags.segment.$post({ json })).json()
    done.push({ flag: `segment ${key}`, did })
  }
  for (const flag of flags) {
    const json = { flag, who, why, dryRun, ...(ifUnchanged ? { expectedVersion: flag.version } : {}) } as never
    done.push(await (await adminClient(admin).flags.import.$post({ json })).json())
  }
  if (json === true) process.stdout.write(`${JSON.stringify(done, null, 2)}\n`)
  else process.stdout.write(done.map(({ flag, did }) => `${dryRun ? 'would be ' : ''}${did}: ${visible(flag)}\n`).join(''))
  return 0
}

export interface SegmentOptions extends Reading {
  readonly why: string
  readonly by?: string
  readonly dryRun?: boolean
}

/** Takes a segment out. */
export async function removeSegment(key: string, { why, by, dryRun = false, json, admin }: SegmentOptions): Promise<number> {
  const body = { key, who: by ?? userInfo().username, why, dryRun }
  const done = await (await adminClient(admin).flags.segment.$post({ json: body })).json()
  process.stdout.write(
    json === true ? `${JSON.stringify(done, null, 2)}\n` : `${dryRun ? 'would be ' : ''}${done.did}: segment ${visible(done.segment)}\n`,
  )
  return 0
}

/** Exit code 1 where a flag does what nobody can have meant. */
export async function lintFlags({ json, admin }: Reading): Promise<number> {
  const problems = await (await adminClient(admin).flags.problems.$get()).json()
  if (json === true) process.stdout.write(`${JSON.stringify(problems, null, 2)}\n`)
  else if (problems.length === 0) process.stdout.write('the flags are fine\n')
  else
    process.stdout.write(
      table(
        ['flag', 'at', 'what is wrong', 'fix'],
        problems.map(({ flag, at, message, fix }) => [flag, at, message, fix]),
      ),
    )
  return problems.length === 0 ? 0 : 1
}

/** What a file in the form of `GET /sdk/latest-all` has for us: our flags, and the segments that they ask for. @throws BanyanError FILE_UNREADABLE, BAD_FLAG */
function readFlags(path: string): FlagSet {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new BanyanError('FILE_UNREADABLE', `${path} cannot be read`)
  }
  const file = parse(text)
  const flags = file?.flags
  if (typeof flags !== 'object' || flags === null)
    throw new BanyanError('BAD_FLAG', `${path} has no \`flags\``, "export it in LaunchDarkly's SDK model: { flags: { … } }")
  const ours = Object.values(flags as Record<string, Flag>).filter((flag) => flag?.key?.startsWith('banyan.'))
  const known = Object.entries((file?.segments ?? {}) as Record<string, Segment>).map(([key, segment]) => ({ ...segment, key }))
  return { flags: ours, segments: wanted(known, asksFor(ours.flatMap(({ rules }) => (Array.isArray(rules) ? rules : [])))) }
}

/** Segments may ask for segments: those come first. */
function wanted(known: readonly Segment[], keys: ReadonlySet<string>): readonly Segment[] {
  const found = known.filter(({ key }) => keys.has(key))
  if (found.length === 0) return []
  const others = known.filter(({ key }) => !keys.has(key))
  return [...wanted(others, asksFor(found.flatMap(({ rules = [] }) => rules))), ...found]
}

function parse(text: string): { readonly flags?: unknown; readonly segments?: unknown } | undefined {
  try {
    return JSON.parse(text) as { readonly flags?: unknown; readonly segments?: unknown }
  } catch {
    return undefined
  }
}
