import { BanyanError } from '../errors.ts'
import type { Held } from './rollout-book.ts'

/** Somebody else acted at the same time. */
export function conflict({ plan, unit }: Held): BanyanError {
  return new BanyanError('ROLLOUT_CONFLICT', `${unit.name} of the plan ${plan.name} moved meanwhile`)
}

/**
 * Why a unit did not move though a person asked for it.
 * @param now every unit, as it is now
 */
export function refusalOf(held: Held, now: readonly Held[]): BanyanError {
  const waits = now.find(({ plan, unit }) => plan === held.plan && unit.name === held.unit.name)?.position.intent?.waits
  if (waits === undefined) return conflict(held)
  const again = 'Banyan tries it again by itself'
  return new BanyanError('FLAGS_REFUSED', `${held.unit.name}: ${waits.reason}`, waits.asks ? `do that in LaunchDarkly; ${again}` : again)
}
