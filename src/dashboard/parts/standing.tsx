import { STAGES } from '../../core/routing/stage.ts'
import { standingText, type StandingFacts } from '../standing.ts'

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
