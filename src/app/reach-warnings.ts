import type { StageRequest } from '../admin/control-plane.ts'
import { isEmergency } from '../core/routing/emergency.ts'
import { describeStanding, flagLines } from '../core/routing/flag-lines.ts'
import type { Flag } from '../core/routing/flag.ts'

/**
 * Whom a change of a stage does not reach though whoever made it may think so: regions with lines of their own, where none was named, and everybody in an emergency.
 * @param key of the flag
 */
export function reachWarnings(flags: readonly Flag[], key: string, request: StageRequest, regions: readonly string[]): readonly string[] {
  const flag = flags.find((one) => one.key === key)
  const isMeant = (operations: readonly string[]): boolean =>
    operations.length === 0 || !request.operation.includes('#') || operations.includes(request.operation)
  const own = request.region !== undefined || flag === undefined ? [] : flagLines(flag).filter(({ region }) => regions.includes(region))
  const kept = own.filter(
    ({ only, operations, stage, percent }) =>
      only === undefined && isMeant(operations) && (stage !== request.stage || percent !== request.percent),
  )
  const staying = kept.map(
    (line) => `${line.region} stays at ${describeStanding(line)}: it has a line of its own, and moves only when it is named`,
  )
  return isEmergency(flags) ? [...staying, 'everything goes to legacy until the emergency is released, whatever is set here'] : staying
}
