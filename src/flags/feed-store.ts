import type { LDFeatureStore } from '@launchdarkly/node-server-sdk'
import type { Flag } from '../core/routing/flag.ts'
import type { FlagSet, Segment } from '../core/routing/segment.ts'

interface Item {
  readonly version: number
  readonly deleted?: boolean
}

/** What the SDK works out for itself and keeps in its items; it is no part of the model. */
const WORKED_OUT = new Set(['attributeReference', 'bucketByAttributeReference'])

/**
 * The SDK's data in memory, as its own store keeps them, and open to be read: it has no other way to ask for flags as they are, nor for their versions.
 * All calls back are made at once, which the client's path counts on.
 */
export class FeedStore implements LDFeatureStore {
  readonly #kinds = new Map<string, Map<string, Item>>()
  readonly #onPut: () => void
  readonly #onItem: () => void
  #initialized = false

  /**
   * @param onPut everything was replaced: the stream is up
   * @param onItem one thing changed
   */
  constructor(onPut: () => void, onItem: () => void) {
    this.#onPut = onPut
    this.#onItem = onItem
  }

  readonly get: LDFeatureStore['get'] = (kind, key, callback) => {
    const item = this.#of(kind.namespace).get(key)
    callback(item === undefined || item.deleted === true ? null : item)
  }

  readonly all: LDFeatureStore['all'] = (kind, callback) => {
    callback(Object.fromEntries([...this.#of(kind.namespace)].filter(([, item]) => item.deleted !== true)))
  }

  /** A new connection brings everything, and what it brings holds, also where it is older than what was known. */
  readonly init: LDFeatureStore['init'] = (data, callback) => {
    this.#kinds.clear()
    for (const [namespace, items] of Object.entries(data)) {
      for (const [key, item] of Object.entries(items)) this.#of(namespace).set(key, item)
    }
    this.#initialized = true
    callback()
    this.#onPut()
  }

  readonly upsert: LDFeatureStore['upsert'] = (kind, item, callback) => {
    this.#set(kind.namespace, item.key, item)
    callback()
  }

  readonly delete: LDFeatureStore['delete'] = (kind, key, version, callback) => {
    this.#set(kind.namespace, key, { version, deleted: true })
    callback()
  }

  readonly initialized: LDFeatureStore['initialized'] = (callback) => callback(this.#initialized)

  close(): void {
    this.#kinds.clear()
  }

  /** Absent: no such flag. */
  version(key: string): number | undefined {
    const item = this.#of('features').get(key)
    return item === undefined || item.deleted === true ? undefined : item.version
  }

  /** In the SDK's model, as it came. */
  content(): FlagSet {
    // The casts hold as far as LaunchDarkly keeps to its own model; whoever reads a flag minds what may be missing.
    return { flags: this.#items('features') as readonly Flag[], segments: this.#items('segments') as readonly Segment[] }
  }

  #items(namespace: string): readonly unknown[] {
    const items = [...this.#of(namespace).values()].filter((item) => item.deleted !== true)
    return items.map((item): unknown => JSON.parse(JSON.stringify(item, withoutWorkedOut)))
  }

  #set(namespace: string, key: string, item: Item): void {
    const items = this.#of(namespace)
    // What comes late says nothing new.
    if ((items.get(key)?.version ?? -1) >= item.version) return
    items.set(key, item)
    this.#onItem()
  }

  #of(namespace: string): Map<string, Item> {
    const known = this.#kinds.get(namespace)
    if (known !== undefined) return known
    const made = new Map<string, Item>()
    this.#kinds.set(namespace, made)
    return made
  }
}

/** Long lists are sets in the SDK, under another name. */
function withoutWorkedOut(name: string, value: unknown): unknown {
  if (WORKED_OUT.has(name)) return undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const sets = Object.entries(value).filter(([key, set]) => key.startsWith('generated_') && set instanceof Set)
  if (sets.length === 0) return value
  const lists = sets.map(([key, set]) => [LISTS[key] ?? key, [...(set as ReadonlySet<unknown>)]])
  return { ...Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('generated_'))), ...Object.fromEntries(lists) }
}

const LISTS: Readonly<Record<string, string>> = {
  generated_includedSet: 'included',
  generated_excludedSet: 'excluded',
  generated_valuesSet: 'values',
}
