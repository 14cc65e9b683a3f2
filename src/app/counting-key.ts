import type { LoadedConfig } from '../config/loaded.ts'
import type { Store } from '../storage/store.ts'
import { tell } from './parent.ts'

const NAME = 'counting'

/**
 * Tells the edges under which key clients and requests are counted: that of the first start, so that no client counts once more for every start and replica. Until they hear of it, and
 * as long as the store is away, it is a key of this start. Where the config names a key, that is it.
 */
export async function shareCountingKey(
  { config, secrets: { countingKey } }: Pick<LoadedConfig, 'config' | 'secrets'>,
  { secrets }: Pick<Store, 'secrets'>,
): Promise<void> {
  if (config.privacy.hashKeyEnv !== undefined) return
  const key = await secrets.secret(NAME, countingKey)
  if (key !== countingKey) tell({ kind: 'order', order: { kind: 'counting-key', key } })
}
