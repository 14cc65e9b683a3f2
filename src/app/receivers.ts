import { hash } from 'node:crypto'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Notice } from '../core/rollout/notice.ts'
import type { Telling } from '../storage/store.ts'

/** Who is told of rollouts, as the config says. */
export interface Receiver extends Pick<LoadedConfig['config']['notify'][number], 'format' | 'on'> {
  /** Its name in the store, the same on every replica. It does not tell the address, which may be a secret. */
  readonly name: string
  readonly url: string
  readonly secret?: Buffer
}

export function receiversOf({ config, secrets }: Pick<LoadedConfig, 'config' | 'secrets'>): readonly Receiver[] {
  return config.notify.map(({ format, on }, index) => {
    const { url = '', secret } = secrets.webhooks[index] ?? {}
    const name = hash('sha256', `${format} ${url}`).slice(0, 16)
    return { name, url, format, on, ...(secret === undefined ? {} : { secret: secretOf(secret) }) }
  })
}

/** A notice for those who want to hear of it. */
export function tellingOf(receivers: readonly Receiver[], notice: Notice, at: number): Telling {
  return { notice, at, receivers: receivers.filter(({ on }) => on.includes(notice.kind)).map(({ name }) => name) }
}

/** Secrets of Standard Webhooks are base64 behind `whsec_`; any other text is taken as it is. */
function secretOf(text: string): Buffer {
  return text.startsWith('whsec_') ? Buffer.from(text.slice('whsec_'.length), 'base64') : Buffer.from(text)
}
