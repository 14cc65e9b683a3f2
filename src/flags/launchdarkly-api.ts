import { EMERGENCY_FLAG, EMERGENCY_VARIATIONS } from '../core/routing/emergency.ts'
import type { Instruction, RemoteFlag } from '../core/routing/remote-flag.ts'
import { STAGES, type Stage } from '../core/routing/stage.ts'
import { readRemoteFlag } from './read-remote-flag.ts'
import { RemoteTrouble, type TroubleKind } from './remote-trouble.ts'

export interface LaunchDarklyApiSettings {
  /** `https://app.launchdarkly.com`, or the address of another instance. */
  readonly uri: string
  readonly token: string
  readonly project: string
  readonly environment: string
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** An answer is a flag and no more. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
/** What LaunchDarkly says about a refusal is told to people, and not all of it. */
const MAX_MESSAGE = 200

const KIND: Readonly<Record<number, TroubleKind>> = {
  400: 'refused',
  401: 'denied',
  403: 'denied',
  404: 'absent',
  405: 'approval',
  409: 'conflict',
  412: 'conflict',
  429: 'rate-limited',
}

interface Call {
  readonly method: 'GET' | 'PATCH' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
}

interface NewFlag {
  readonly description: string
  /** What LaunchDarkly lists for removal some day. */
  readonly temporary: boolean
  readonly variations: readonly (string | boolean)[]
  readonly defaults: { readonly onVariation: number; readonly offVariation: number }
}

/**
 * The part of LaunchDarkly's REST API that moves a flag: it is read, made, and changed by semantic patches.
 * Every method rejects with `RemoteTrouble`.
 */
export class LaunchDarklyApi {
  readonly #settings: LaunchDarklyApiSettings

  constructor(settings: LaunchDarklyApiSettings) {
    this.#settings = settings
  }

  /** The page of a flag, for people. */
  page(key: string): string {
    const { uri, project, environment } = this.#settings
    return `${uri.replace(/\/$/, '')}/projects/${encodeURIComponent(project)}/flags/${encodeURIComponent(key)}/targeting?env=${encodeURIComponent(environment)}`
  }

  /** `undefined`: there is no such flag. */
  async read(key: string): Promise<RemoteFlag | undefined> {
    const { environment } = this.#settings
    try {
      return this.#flag(await this.#call({ method: 'GET', path: `${this.#pathOf(key)}?env=${encodeURIComponent(environment)}` }))
    } catch (error) {
      if (!(error instanceof RemoteTrouble) || error.kind !== 'absent') throw error
      // A project or an environment that is not there looks the same, and is no reason to make a flag.
      await this.#call({ method: 'GET', path: this.#environmentPath() })
      return undefined
    }
  }

  /**
   * Makes a string flag with the six stages that is off everywhere, and says `base` on or off: until somebody gives it a rule, nothing is different for anybody.
   * One that is there already is left as it is.
   */
  async create(key: string, base: Stage): Promise<void> {
    const defaults = { onVariation: STAGES.indexOf(base), offVariation: STAGES.indexOf(base) }
    await this.#make(key, {
      description: 'Where this GraphQL operation stands; moved by Banyan.',
      temporary: true,
      variations: STAGES,
      defaults,
    })
  }

  /** Makes the flag that sends everything to legacy, off everywhere. One that is there already is left as it is. */
  async createEmergency(): Promise<void> {
    const description = 'While it is on, legacy serves every request: Banyan’s emergency.'
    const defaults = { onVariation: EMERGENCY_VARIATIONS.indexOf(true), offVariation: EMERGENCY_VARIATIONS.indexOf(false) }
    await this.#make(EMERGENCY_FLAG, { description, temporary: false, variations: EMERGENCY_VARIATIONS, defaults })
  }

  /** Changes a flag, and gives it back as it is then. */
  async patch(key: string, instructions: readonly Instruction[], comment: string): Promise<RemoteFlag> {
    const body = { environmentKey: this.#settings.environment, comment, instructions }
    const contentType = 'application/json; domain-model=launchdarkly.semanticpatch'
    return this.#flag(await this.#call({ method: 'PATCH', path: this.#pathOf(key), body, contentType }))
  }

  async #make(key: string, { variations, ...made }: NewFlag): Promise<void> {
    const body = { key, name: key, tags: ['banyan'], ...made, variations: variations.map((value) => ({ value })) }
    try {
      await this.#call({ method: 'POST', path: `/api/v2/flags/${encodeURIComponent(this.#settings.project)}`, body })
    } catch (error) {
      if (!(error instanceof RemoteTrouble) || error.kind !== 'conflict') throw error
    }
  }

  #pathOf(key: string): string {
    return `/api/v2/flags/${encodeURIComponent(this.#settings.project)}/${encodeURIComponent(key)}`
  }

  #environmentPath(): string {
    const { project, environment } = this.#settings
    return `/api/v2/projects/${encodeURIComponent(project)}/environments/${encodeURIComponent(environment)}`
  }

  #flag(answer: unknown): RemoteFlag {
    try {
      return readRemoteFlag(answer, this.#settings.environment)
    } catch (error) {
      throw new RemoteTrouble('down', `LaunchDarkly's answer makes no sense: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  async #call({ method, path, body, contentType = 'application/json' }: Call): Promise<unknown> {
    const { uri, token, timeoutMs } = this.#settings
    const what = `${method} ${path.split('?')[0] ?? ''}`
    let response: Response
    let text: string
    try {
      response = await fetch(`${uri.replace(/\/$/, '')}${path}`, {
        method,
        // A token goes to the address of the config and nowhere else.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        headers: { authorization: token, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': contentType }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      text = await boundedText(response)
    } catch (error) {
      throw new RemoteTrouble('down', `LaunchDarkly does not answer ${what}: ${reasonOf(error)}`)
    }
    const answer = parse(text)
    if (response.status >= 200 && response.status < 300) {
      if (answer !== undefined) return answer
      throw new RemoteTrouble('down', `LaunchDarkly answers ${what} with something that is no JSON`)
    }
    throw this.#troubleOf(response, answer, what)
  }

  #troubleOf({ status, headers }: Response, answer: unknown, what: string): RemoteTrouble {
    const { code, message } = saidIn(answer)
    // Some refusals for want of an approval come as 403.
    const wantsApproval = status === 405 || (status === 403 && /approval/i.test(`${code} ${message}`))
    const kind = wantsApproval ? 'approval' : (KIND[status] ?? 'down')
    const said = message.replaceAll(this.#settings.token, '…').slice(0, MAX_MESSAGE)
    const text = `LaunchDarkly answers ${what} with ${status}${said === '' ? '' : `: ${said}`}`
    return new RemoteTrouble(kind, text, kind === 'rate-limited' || status === 503 ? waitOf(headers, this.#settings.now()) : undefined)
  }
}

/** Seconds or a date in `Retry-After` (RFC 9110 section 10.2.3), else the moment in `X-Ratelimit-Reset`, in milliseconds since the epoch. */
function waitOf(headers: Headers, now: number): number | undefined {
  const after = headers.get('retry-after')
  const until =
    after === null ? headers.get('x-ratelimit-reset') : /^\d+$/.test(after) ? `${now + Number(after) * 1_000}` : `${Date.parse(after)}`
  const wait = Number(until) - now
  return until === null || Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

function saidIn(answer: unknown): { readonly code: string; readonly message: string } {
  const { code, message } = typeof answer === 'object' && answer !== null ? (answer as Readonly<Record<string, unknown>>) : {}
  return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' }
}

async function boundedText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    bytes += part.byteLength
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer has no end')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'it took too long'
  // What fetch throws says nothing; its cause does.
  return error.cause instanceof Error ? error.cause.message : error.message
}
