import { basicLogger, type LDClient, type LDEvaluationDetail, type LDMultiKindContext } from '@launchdarkly/node-server-sdk'
import type { Assignment } from '../core/routing/decide.ts'
import { flagKey } from '../core/routing/flag.ts'
import { isStage } from '../core/routing/stage.ts'
import type { StageQuestion } from './stage-source.ts'

/** LaunchDarkly logs a line for each evaluation of an unknown flag; ours are asked for known flags only, and its own troubles are measured. */
export const QUIET = basicLogger({ level: 'none' })

/**
 * Evaluates one flag by LaunchDarkly's engine. With an in-memory store the SDK calls back before it returns, so the client's path awaits nothing; should a
 * later version not do so any more, the answer is `off` (and a test says so).
 */
export function evaluate(client: LDClient, question: StageQuestion, version: number | undefined): Assignment {
  const flag = flagKey(question.operation)
  let detail: LDEvaluationDetail | undefined
  client
    .variationDetail(flag, contextOf(question), 'off', (_error, evaluated) => {
      detail = evaluated
    })
    // A malformed flag rejects the promise as well as leaving `detail` unset.
    .catch(() => undefined)
  const known = version === undefined ? {} : { version }
  const reason = reasonOf(detail)
  return isStage(detail?.value)
    ? { stage: detail.value, flag, reason, ...known }
    : { stage: 'off', flag, reason: `${reason}:NOT_A_STAGE`, ...known }
}

function reasonOf(detail: LDEvaluationDetail | undefined): string {
  const { reason } = detail ?? {}
  if (reason === undefined) return 'ERROR'
  return reason.kind === 'ERROR'
    ? `ERROR:${reason.errorKind ?? 'UNKNOWN'}`
    : reason.ruleId === undefined
      ? reason.kind
      : `${reason.kind}:${reason.ruleId}`
}

function contextOf({ operation, region, environment, subject, client }: StageQuestion): LDMultiKindContext {
  return {
    kind: 'multi',
    user: { key: subject },
    region: { key: region },
    environment: { key: environment },
    operation: { key: operation.key, type: operation.type, ...(operation.name === undefined ? {} : { name: operation.name }) },
    ...(client === undefined ? {} : { client: { key: client } }),
  }
}
