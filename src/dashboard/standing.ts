import { rolesFor, type Stage } from '../core/routing/stage.ts'

/** Where an operation stands in a region. */
export interface StandingFacts {
  readonly stage: Stage
  readonly percent: number
  readonly rest: Stage
}

/** In words: `live 25 %`, and where the others are. */
export function standingText({ stage, percent, rest }: StandingFacts): { readonly main: string; readonly others?: string } {
  return percent >= 100 || stage === rest ? { main: stage } : { main: `${stage} ${percent} %`, others: `else ${rest}` }
}

/** Share of subjects whose queries the candidate answers, 0 to 1. */
export function candidateShare({ stage, percent, rest }: StandingFacts): number {
  const answers = (at: Stage): number => (rolesFor(at, 'query').primary === 'candidate' ? 1 : 0)
  return (answers(stage) * percent + answers(rest) * (100 - percent)) / 100
}
