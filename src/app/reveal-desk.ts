import { REST_COORDINATE } from '../core/comparison/rest-places.ts'
import { randomBytes } from 'node:crypto'
import type { RevealAction, RevealEndAction, RevealView } from '../admin/reveal-views.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import { nearest } from '../config/nearest.ts'
import type { GroupDelta } from '../core/comparison/group.ts'
import { readSchema } from '../core/comparison/read-schema.ts'
import { isOpen, mayStay, type Reveal } from '../core/comparison/reveal.ts'
import { vocabularyOf, type Vocabulary } from '../core/comparison/vocabulary.ts'
import { ORIGINS } from '../core/routing/stage.ts'
import { beginReveal, endReveal, forgetReveal, revealEntry, withheldBy } from '../core/triage/revealing.ts'
import { CONTROLLER } from '../core/rollout/audit.ts'
import { BanyanError } from '../errors.ts'
import type { Store } from '../storage/store.ts'

/** How often reveals are read: other replicas begin and end some, and all of them end by themselves. */
const CONFIRM_MS = 5_000
/** How often what was removed is looked for again: an edge that was cut off may have handed it in late. */
const FORGET_AGAIN_MS = 60_000
/** For how long. After that, the row of the reveal goes by retention; what is handed in under it was refused all the time. */
const FORGET_FOR_MS = 3_600_000

/** Where people reveal values for a while, and where what was kept is removed again (PI-1). */
export class RevealDesk {
  readonly #store: Store
  readonly #loaded: LoadedConfig
  readonly #tell: (open: readonly Reveal[]) => void
  readonly #now: () => number
  readonly #vocabularies: readonly Vocabulary[]
  #known: readonly Reveal[] = []
  #told = ''
  #forgotAt = 0
  #timer: NodeJS.Timeout | undefined

  /** @param tell hears which reveals are open, whenever that changes */
  constructor(store: Store, loaded: LoadedConfig, tell: (open: readonly Reveal[]) => void, now: () => number) {
    this.#store = store
    this.#loaded = loaded
    this.#tell = tell
    this.#now = now
    this.#vocabularies = ORIGINS.flatMap((origin) => {
      const sdl = loaded.schemas[origin]
      const read = sdl === undefined ? undefined : readSchema(sdl)
      return read !== undefined && 'schema' in read ? [vocabularyOf(read.schema)] : []
    })
  }

  async open(): Promise<void> {
    await this.#load()
    // A reading that fails is made good by the next one. Until then the last known reveals end by their time.
    this.#timer = setInterval(() => void this.#round().catch(() => undefined), CONFIRM_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Those under which values are kept now. */
  get current(): readonly Reveal[] {
    return this.#known.filter((reveal) => isOpen(reveal, this.#now()))
  }

  get openViews(): readonly RevealView[] {
    return this.current.map((reveal) => this.#view(reveal))
  }

  /** Newest first, those that are over among them. */
  readonly list = (): Promise<readonly RevealView[]> => Promise.resolve(this.#known.map((reveal) => this.#view(reveal)))

  /** @throws BanyanError BAD_USAGE where a place or region is unknown */
  readonly begin = async (action: RevealAction): Promise<RevealView> => {
    this.#check(action)
    const now = this.#now()
    const reveal = beginReveal(action, randomBytes(4).toString('hex'), now)
    await this.#save(undefined, reveal, action)
    return this.#view(reveal)
  }

  /** @throws BanyanError UNKNOWN_REVEAL, REVEAL_CONFLICT */
  readonly end = async (id: string, action: RevealEndAction): Promise<RevealView> => {
    await this.#load()
    const known = this.#known.find((one) => one.id === id)
    if (known === undefined) throw new BanyanError('UNKNOWN_REVEAL', `no reveal ${id}`)
    const reveal = endReveal(known, action, this.#now())
    await this.#save(known, reveal, action)
    if (action.forget) await this.#forget()
    return this.#view(reveal)
  }

  /** What an edge hands in, without the examples that may not be there any more. */
  readonly admit = (groups: readonly GroupDelta[]): readonly GroupDelta[] => {
    if (groups.every(({ examples }) => examples.every(({ revealed }) => revealed === undefined))) return groups
    const now = this.#now()
    return groups.map((group) => ({
      ...group,
      examples: group.examples.filter(({ revealed, at }) => revealed === undefined || mayStay(revealed, { at, now }, this.#known)),
    }))
  }

  async #save(before: Reveal | undefined, after: Reveal, author: { readonly who: string; readonly why: string }): Promise<void> {
    const saved = await this.#store.reveals.saveReveal(after, revealEntry(before, after, author, this.#now()))
    if (!saved) throw new BanyanError('REVEAL_CONFLICT', `somebody else changed the reveal ${after.id} meanwhile`)
    await this.#load()
  }

  async #round(): Promise<void> {
    await this.#load()
    await this.#forget()
  }

  /** Removes what was kept under reveals whose time for that has come. */
  async #forget(): Promise<void> {
    const now = this.#now()
    const due = this.#known.filter(({ forgetAt }) => forgetAt <= now)
    const isNew = due.some(({ forgotten }) => forgotten === undefined)
    if (!isNew && now - this.#forgotAt < FORGET_AGAIN_MS) return
    this.#forgotAt = now
    await this.#store.reveals.forgetExamples(due.filter(({ forgetAt }) => now - forgetAt < FORGET_FOR_MS).map(({ id }) => id))
    for (const reveal of due.filter(({ forgotten }) => forgotten === undefined)) {
      const after = forgetReveal(reveal, now)
      // Where another replica was faster, it has written it down.
      await this.#store.reveals.saveReveal(after, revealEntry(reveal, after, { who: CONTROLLER, why: 'its time is over' }, now))
    }
    await this.#load()
  }

  async #load(): Promise<void> {
    this.#known = await this.#store.reveals.reveals()
    const { current } = this
    const told = current.map(({ id, version }) => `${id} ${version}`).join(',')
    if (told !== this.#told) this.#tell(current)
    this.#told = told
  }

  #check({ coordinates, region }: RevealAction): void {
    const { region: regions } = this.#loaded.config
    const known = 'value' in regions ? [regions.value] : regions.allow
    if (region !== undefined && !known.includes(region))
      throw new BanyanError('BAD_USAGE', `unknown region ${region}; known: ${known.join(', ')}`, 'name one of region.allow')
    if (this.#vocabularies.length === 0) return
    // What REST operations answer is in no schema.
    for (const coordinate of coordinates.filter((one) => !REST_COORDINATE.test(one))) {
      const [type = '', field = ''] = coordinate.split('.')
      const isKnown = this.#vocabularies.some(({ types }) => (field === '*' ? types.has(type) : types.get(type)?.has(field) === true))
      if (isKnown) continue
      const like = nearest(coordinate, this.#coordinates(field === '*'))
      const hint = like === undefined ? 'name a field of either schema, as Type.field' : `did you mean ${like}?`
      throw new BanyanError('BAD_USAGE', `no schema has ${coordinate}`, hint)
    }
  }

  #coordinates(isWildcard: boolean): readonly string[] {
    return this.#vocabularies.flatMap(({ types }) =>
      [...types].flatMap(([type, fields]) => (isWildcard ? [`${type}.*`] : [...fields.keys()].map((field) => `${type}.${field}`))),
    )
  }

  #view(reveal: Reveal): RevealView {
    const fieldsOf = (type: string): readonly string[] => [
      ...new Set(this.#vocabularies.flatMap(({ types }) => [...(types.get(type)?.keys() ?? [])])),
    ]
    return { ...reveal, isOpen: isOpen(reveal, this.#now()), withheld: withheldBy(reveal, fieldsOf) }
  }
}
