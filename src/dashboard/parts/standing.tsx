import { rolesFor, STAGES, type Stage } from '../../core/routing/stage.ts'

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

/** Where an operation stands: words, and six segments that fill up on the way to `complete`. */
export function Standing(facts: StandingFacts) {
  const { main, others } = standingText(facts)
  const reached = STAGES.indexOf(facts.stage)
  const isWhole = others === undefined
  return (
    <span class="standing">
      <span>
        <span class={`stage ${facts.stage}`}>{main}</span>
        {others !== undefined && <span class="others"> {others}</span>}
      </span>
      <span class="track" aria-hidden="true">
        {STAGES.map((stage, index) => (
          <span
            key={stage}
            class={index < reached || (index === reached && isWhole) ? 'full' : index === reached ? 'part' : ''}
            style={index === reached ? { '--part': `${facts.percent}%` } : undefined}
          />
        ))}
      </span>
    </span>
  )
}
