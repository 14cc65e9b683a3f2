import type { LoadedConfig } from '../config/loaded.ts'
import type { TlsSettings } from '../edge/tls-door.ts'

/** What the data plane's TLS is made from, where the config asks for it. */
export function listenTls({ config: { listen }, certificates }: LoadedConfig): { readonly tls?: TlsSettings } {
  return listen.tls === undefined || certificates.listen === undefined
    ? {}
    : { tls: { pair: certificates.listen, minVersion: listen.tls.minVersion } }
}
