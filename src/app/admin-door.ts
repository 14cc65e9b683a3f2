import { createAdminApp } from '../admin/api.ts'
import type { ControlPlane } from '../admin/control-plane.ts'
import { serveAdmin, type AdminTls, type Serving } from '../admin/server.ts'
import type { LoadedConfig } from '../config/loaded.ts'
import type { Certificates } from '../core/exchange/tls.ts'
import { StoreFault } from '../storage/store-fault.ts'
import type { Log } from '../telemetry/log.ts'
import { ASSETS } from './package.ts'

type Loaded = Pick<LoadedConfig, 'config' | 'certificates' | 'secrets'>

/** The admin port of this process. */
export class AdminDoor {
  readonly #config: LoadedConfig['config']
  readonly #serving: Serving

  private constructor(config: LoadedConfig['config'], serving: Serving) {
    this.#config = config
    this.#serving = serving
  }

  /** @throws BanyanError when the port is taken, or cannot be had */
  static async open({ config, certificates, secrets }: Loaded, plane: ControlPlane, log: Log): Promise<AdminDoor> {
    const { host, port } = config.admin
    const { adminToken: operator, viewerToken: viewer } = secrets
    const tokens = operator === undefined ? {} : { tokens: { operator, ...(viewer === undefined ? {} : { viewer }) } }
    const onFault = (error: Error): void => log.error({ error: error.message }, 'the admin API failed')
    const isAway = (error: Error): boolean => error instanceof StoreFault
    const app = createAdminApp(plane, { assets: ASSETS, onFault, isAway, ...tokens })
    const tls = tlsOf(config, certificates)
    const serving = await serveAdmin({ app, host, port, ...(tls === undefined ? {} : { tls }) })
    log.info({ host, port: serving.port, scheme: tls === undefined ? 'http' : 'https' }, 'admin API and dashboard')
    return new AdminDoor(config, serving)
  }

  get port(): number {
    return this.#serving.port
  }

  /** For connections that are opened from now on. */
  renew(certificates: Certificates): void {
    const tls = tlsOf(this.#config, certificates)
    if (tls !== undefined) this.#serving.renew(tls)
  }

  close(): Promise<void> {
    return this.#serving.close()
  }
}

function tlsOf({ admin }: LoadedConfig['config'], { admin: pair }: Certificates): AdminTls | undefined {
  if (admin.tls === undefined || pair === undefined) return undefined
  return { cert: pair.certificate, key: pair.key, minVersion: admin.tls.minVersion }
}
