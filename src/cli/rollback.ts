import { userInfo } from 'node:os'
import type { EmergencySet } from '../admin/control-plane.ts'
import { BanyanError } from '../errors.ts'
import { adminClient } from './admin-client.ts'

export interface RollbackOptions {
  readonly all?: boolean
  readonly release?: boolean
  readonly why: string
  readonly by?: string
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly admin: string
}

/** Nobody waits longer for the way back: the file is quicker. In milliseconds. */
const PATIENCE_MS = 10_000

/** Where no control process answers, the file of each replica still works. */
function byFile(on: boolean): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof BanyanError) || error.code !== 'ADMIN_UNREACHABLE') throw error
    const file = 'the file that `flags.emergencyFile` names (.banyan/everything-to-legacy)'
    const fix = `${on ? 'make' : 'remove'} ${file} on every replica: edges obey it within a second, with nothing else left; or ${error.hint}`
    throw new BanyanError('ADMIN_UNREACHABLE', error.message, fix)
  }
}

/** Everything to legacy at once, or the end of that. */
export async function rollback({ all, release, why, by, dryRun = false, json, admin }: RollbackOptions): Promise<number> {
  if ((all === true) === (release === true)) {
    const fix = 'say --all for everything, --release to end that, or `banyan rollout rollback <plan>` for one plan'
    throw new BanyanError('BAD_USAGE', 'what shall be rolled back?', fix)
  }
  const on = all === true
  const body = { on, who: by ?? userInfo().username, why, dryRun }
  const done = await (await adminClient(admin, PATIENCE_MS).emergency.$post({ json: body }).catch(byFile(on))).json()
  if (json === true) process.stdout.write(`${JSON.stringify(done, null, 2)}\n`)
  else process.stdout.write(`${sentence(on, done, dryRun)}\n`)
  return 0
}

type Done = Pick<EmergencySet, 'changed' | 'scope'> & { readonly notReached?: string | undefined }

function sentence(on: boolean, { changed, scope, notReached }: Done, dryRun: boolean): string {
  const what = on ? 'everything goes to legacy' : 'the flags decide again'
  if (!changed) return `nothing to change: ${what}`
  const elsewhere = on ? 'put the emergency file there' : 'look at the flag `banyan.everything-to-legacy` and at the emergency files there'
  const where = scope === 'fleet' ? 'on every replica' : `on this replica only: repeat it on the others, or ${elsewhere}`
  return `${dryRun ? 'would be: ' : ''}${what}, ${where}${notReached === undefined ? '' : `\nnot reached: ${notReached}`}`
}
