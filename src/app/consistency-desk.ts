import type { StageRequest, StageSet } from '../admin/control-plane.ts'
import type { ConsistencyView } from '../admin/consistency-views.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import type { AuditEntry } from '../core/rollout/audit.ts'
import { readSchema } from '../core/comparison/read-schema.ts'
import type { SeenOperation } from '../core/evidence/batch.ts'
import { partsOf } from '../core/operation/operation.ts'
import { touchedTypes, type TouchedTypes } from '../core/operation/touched-types.ts'
import { proposeGroups, type Proposal } from '../core/rollout/consistency.ts'
import { splitByStage, splitsOf } from '../core/rollout/group-splits.ts'
import { describeStanding } from '../core/routing/flag-lines.ts'
import { policyStage } from '../core/routing/policy.ts'
import { rolesFor } from '../core/routing/stage.ts'
import type { EvidenceStore } from '../storage/store.ts'
import { matchOperations } from './operation-names.ts'
import type { Standing } from './overview.ts'
import { regionsOf } from './segment-desk.ts'

type Schema = Extract<ReturnType<typeof readSchema>, { schema: unknown }>['schema']

/**
 * Proposes consistency groups from what edges have seen. The store has the signature text of every operation, without literals and aliases, and that is enough: nothing more is kept
 * for it (PI-4).
 */
export class ConsistencyDesk {
  readonly #loaded: Pick<LoadedConfig, 'plans' | 'config'>
  readonly #evidence: Pick<EvidenceStore, 'operations'>
  readonly #standing: (operation: string, region: string) => Standing
  readonly #schema: Schema | undefined
  /** By operation key, of those that the store still has. */
  #touched: ReadonlyMap<string, TouchedTypes> = new Map()

  /** @param standing where an operation stands in a region now */
  constructor(
    loaded: Pick<LoadedConfig, 'plans' | 'config' | 'schemas'>,
    evidence: Pick<EvidenceStore, 'operations'>,
    standing: (operation: string, region: string) => Standing,
  ) {
    this.#loaded = loaded
    this.#evidence = evidence
    this.#standing = standing
    const sdl = loaded.schemas.legacy ?? loaded.schemas.candidate
    const read = sdl === undefined ? undefined : readSchema(sdl)
    this.#schema = read !== undefined && 'schema' in read ? read.schema : undefined
  }

  readonly view = async (): Promise<ConsistencyView> => {
    const { groups, hubs } = this.#propose(await this.#evidence.operations())
    const splits = this.#loaded.plans.flatMap((plan) =>
      splitsOf(plan, groups).map(({ group, message }) => ({ plan: plan.name, group, message })),
    )
    return { hasSchema: this.#schema !== undefined, groups, hubs, splits }
  }

  /** What was set, or would be, with a warning where reads that belong together are then answered by different backends. */
  readonly warned = async (request: StageRequest, entry: AuditEntry): Promise<StageSet> => {
    if (this.#schema === undefined) return entry
    // What is done is done, and no less so where nobody can say what goes with it.
    const seen = await this.#evidence.operations().catch(() => [])
    const first = seen.length === 0 ? undefined : matchOperations(seen, request.operation)[0]
    if (first === undefined) return entry
    const { groups } = this.#propose(seen)
    const { stage, percent, rest } = request
    const moved = nameOf(first.key)
    const base = policyStage(this.#loaded.config.operations, first.key)
    const keyOf = new Map(seen.map(({ key }) => [nameOf(key), key]))
    const warnings = (request.region === undefined ? regionsOf(this.#loaded.config) : [request.region]).flatMap((region) =>
      splitByStage(moved, groups, (operation) => {
        const now = this.#standing(keyOf.get(operation) ?? operation, region)
        const isMoved = request.dryRun === true && operation === moved
        return servedBy(isMoved ? { stage, percent, rest: rest ?? base } : now)
      }),
    )
    return warnings.length === 0 ? entry : { ...entry, warnings: [...new Set(warnings)] }
  }

  #propose(seen: readonly SeenOperation[]): Proposal {
    const schema = this.#schema
    if (schema === undefined) return { groups: [], hubs: [] }
    this.#touched = new Map(seen.map(({ key, document }) => [key, this.#touched.get(key) ?? touchedTypes(document, schema)]))
    return proposeGroups(seen.map(({ key }) => ({ operation: nameOf(key), types: [], writes: [], ...this.#touched.get(key) })))
  }
}

/** Without its signature, but for what has no other name. */
function nameOf(key: string): string {
  const { type, name } = partsOf(key)
  return name === '~anonymous' ? key : `${type}:${name}`
}

/** Which subjects the candidate answers; the same share is the same subjects, for all flags have one seed. */
function servedBy({ stage, percent, rest }: Standing): string {
  const [main, others] = [stage, rest].map((one) => rolesFor(one, 'query').primary)
  return main === others || percent >= 100
    ? (main ?? 'legacy')
    : describeStanding({ stage: main === 'candidate' ? 'live' : 'off', percent, rest: others === 'candidate' ? 'live' : 'off' })
}
