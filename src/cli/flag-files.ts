import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { EMERGENCY_FLAG } from '../core/routing/emergency.ts'
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

/** Takes over every flag of a file, after all of them were tried: one that is refused refuses the file. */
export async function importFlags(
  path: string,
  { why, by, dryRun = false, ifUnchanged = false, json, admin }: ImportOptions,
): Promise<number> {
  const file = readFlagFile(path)
  const taking = { admin, who: by ?? userInfo().username, why, ifUnchanged }
  const would = await take(file, { ...taking, dryRun: true })
  const done = dryRun ? would : await take(file, { ...taking, dryRun })
  if (json === true) process.stdout.write(`${JSON.stringify(done, null, 2)}\n`)
  else
    process.stdout.write(done.map(({ flag, did }) => `${dryRun && did !== 'same' ? 'would be ' : ''}${did}: ${visible(flag)}\n`).join(''))
  return 0
}

interface Taken {
  readonly flag: string
  readonly did: string
}

interface Taking {
  readonly admin: string
  readonly who: string
  readonly why: string
  readonly ifUnchanged: boolean
  readonly dryRun: boolean
}

/** Segments first: flags that ask for them come after them. */
async function take({ flags, segments }: FlagSet, { admin, who, why, ifUnchanged, dryRun }: Taking): Promise<readonly Taken[]> {
  const api = adminClient(admin).flags
  const signed = { who, why, dryRun }
  const expected = (version: number) => (ifUnchanged ? { expectedVersion: version } : {})
  const done: Taken[] = []
  const one = async (name: string, took: () => Promise<Taken>): Promise<void> => {
    try {
      done.push(await took())
    } catch (error) {
      throw error instanceof BanyanError ? refusedOne(error, name, dryRun ? [] : done) : error
    }
  }
  const before: string[] = []
  for (const segment of segments) {
    const json = { key: segment.key, segment, segments: dryRun ? [...before] : [], ...signed, ...expected(segment.version) } as never
    await one(`segment ${segment.key}`, async () => {
      const { segment: key, did } = await (await api.segment.$post({ json })).json()
      return { flag: `segment ${key}`, did }
    })
    before.push(segment.key)
  }
  for (const flag of flags) {
    const json = { flag, segments: dryRun ? before : [], ...signed, ...expected(flag.version) } as never
    await one(flag.key, async () => (await api.import.$post({ json })).json())
  }
  return done
}

function refusedOne({ code, message, hint }: BanyanError, name: string, done: readonly Taken[]): BanyanError {
  const said = message.includes(name) ? message : `${name}: ${message}`
  const before = done.filter(({ did }) => did !== 'same').map(({ flag }) => flag)
  return new BanyanError(code, before.length === 0 ? said : `${said}; taken over before it: ${before.join(', ')}`, hint)
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
  const said =
    done.did === 'same' ? `nothing to change: there is no segment ${key}` : `${dryRun ? 'would be ' : ''}${done.did}: segment ${key}`
  process.stdout.write(json === true ? `${JSON.stringify(done, null, 2)}\n` : `${visible(said)}\n`)
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

/**
 * What a file in the form of `GET /sdk/latest-all` has for us: our flags but for the emergency's, and the segments that they ask for.
 * @throws BanyanError FILE_UNREADABLE, BAD_FLAG
 */
function readFlagFile(path: string): FlagSet {
  const file = parse(path)
  const flags = file.flags
  if (typeof flags !== 'object' || flags === null)
    throw new BanyanError('BAD_FLAG', `${path} has no \`flags\``, "export it in LaunchDarkly's SDK model: { flags: { … } }")
  // What the key inside says counts; a flag that has none is ours by the name that it is under.
  const ours = Object.entries(flags as Record<string, Partial<Flag> | null>).filter(
    ([name, flag]) => (flag?.key ?? name).startsWith('banyan.') && (flag?.key ?? name) !== EMERGENCY_FLAG,
  )
  const bad = ours.find(([, flag]) => typeof flag?.key !== 'string')
  if (bad !== undefined) throw new BanyanError('BAD_FLAG', `${path}: ${bad[0]} has no \`key\``, 'write its key inside as well')
  if (ours.length === 0)
    throw new BanyanError('BAD_FLAG', `${path} has no flag of an operation`, 'their keys begin with `banyan.`: see `banyan flags export`')
  const mine = ours.map(([, flag]) => flag as Flag) // the API says what is wrong with them
  const known = Object.entries((file.segments ?? {}) as Record<string, Segment>).map(([key, segment]) => ({ ...segment, key }))
  return { flags: mine, segments: wanted(known, asksFor(mine.flatMap(({ rules }) => (Array.isArray(rules) ? rules : [])))) }
}

/** Segments may ask for segments: those come first. */
function wanted(known: readonly Segment[], keys: ReadonlySet<string>): readonly Segment[] {
  const found = known.filter(({ key }) => keys.has(key))
  if (found.length === 0) return []
  const others = known.filter(({ key }) => !keys.has(key))
  return [...wanted(others, asksFor(found.flatMap(({ rules = [] }) => rules))), ...found]
}

function parse(path: string): { readonly flags?: unknown; readonly segments?: unknown } {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new BanyanError('FILE_UNREADABLE', `${path} cannot be read`)
  }
  try {
    return (JSON.parse(text) ?? {}) as { readonly flags?: unknown; readonly segments?: unknown }
  } catch (error) {
    throw new BanyanError('BAD_FLAG', `${path} is no JSON: ${(error as Error).message}`, 'write it with `banyan flags export`')
  }
}
