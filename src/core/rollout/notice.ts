import type { Situation, Transition } from './advance.ts'

/** What people are told of. */
export const NOTICES = ['enter', 'back', 'finish', 'ask', 'hold'] as const
export type NoticeKind = (typeof NOTICES)[number]

export interface Notice {
  readonly kind: NoticeKind
  readonly plan: string
  readonly unit: string
  /** Name of the step that it is about. */
  readonly step: string
  readonly regions: readonly string[]
  readonly reason: string
  /** The same for the same event, whichever replica tells of it. */
  readonly id: string
}

/** What a unit was last told to wait for. */
export type Waiting = Pick<Transition, 'kind' | 'step' | 'cause'>

const SENTENCES: Readonly<Record<NoticeKind, (notice: Notice) => string>> = {
  enter: ({ unit, step, reason }) => `${unit} enters ${step}: ${reason}`,
  back: ({ unit, step, regions, reason }) => `${unit} goes back from ${step} in ${regions.join(', ')}: ${reason}`,
  finish: ({ unit, reason }) => `${unit} is done: ${reason}`,
  ask: ({ unit, step, reason }) => `${unit} needs a person at ${step}: ${reason}`,
  hold: ({ unit, step, reason }) => `${unit} waits at ${step}: ${reason}`,
}

/** What is worth telling of a decision: every change, and waiting only when it begins and only where time alone may not end it. */
export function noticeOf({ plan, unit, position }: Situation, transition: Transition, before: Waiting | undefined): Notice | undefined {
  const { kind, step, regions, cause, reason } = transition
  const isSame = before?.kind === kind && before.step === step && before.cause === cause
  const isWaiting = kind === 'ask' || kind === 'hold'
  if (isWaiting && (isSame || (kind === 'hold' && cause !== 'gates' && cause !== 'silence'))) return undefined
  const name = plan.steps[step]?.name ?? 'the first step'
  // It travels in a header, and regions may be called anything.
  const id = encodeURI([plan.name, unit.name, position.version, kind, cause].join('/').toWellFormed())
  return { kind, plan: plan.name, unit: unit.name, step: name, regions, reason, id }
}

/** In one sentence. */
export function describeNotice(notice: Notice): string {
  return `${notice.plan}: ${SENTENCES[notice.kind](notice)}`
}
