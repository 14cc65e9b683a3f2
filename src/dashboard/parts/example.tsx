import { useMemo, useState } from 'preact/hooks'
import type { Example } from '../../core/comparison/group.ts'
import { foldSame, pairLines, type Line, type Pair, type Section } from '../line-diff.ts'
import { count } from '../figures.ts'
import { Moment, OperationName } from './names.tsx'
import { Scroll } from './scroll.tsx'

/** Examples of one group: the place that differs in each, and the answers of the chosen one side by side. */
export function Examples({ examples }: { readonly examples: readonly Example[] }) {
  const [chosen, setChosen] = useState(0)
  const example = examples[chosen] ?? examples[0]
  if (example === undefined) return <p class="nothing">No example was kept. One comes with the next difference of this group.</p>
  return (
    <div class="examples">
      <Scroll label="Changes">
        <table class="changes stacked">
          <thead>
            <tr>
              <th scope="col">Path</th>
              <th scope="col">
                <span class="origin legacy">Legacy</span>
              </th>
              <th scope="col">
                <span class="origin candidate">Candidate</span>
              </th>
              <th scope="col">Seen in</th>
              <th scope="col">
                <span class="hidden">Shown</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {examples.map((one, index) => (
              <ChangeRow
                key={index}
                example={one}
                isChosen={one === example}
                onChoose={examples.length > 1 ? () => setChosen(index) : undefined}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
      <SideBySide example={example} />
    </div>
  )
}

function ChangeRow({
  example,
  isChosen,
  onChoose,
}: {
  readonly example: Example
  readonly isChosen: boolean
  readonly onChoose: (() => void) | undefined
}) {
  return (
    <tr class={isChosen ? 'chosen' : ''}>
      <th scope="row">
        <code>{example.path}</code>
      </th>
      <td>
        <code class="value legacy">{example.legacy}</code>
      </td>
      <td>
        <code class="value candidate">{example.candidate}</code>
      </td>
      <td>
        <OperationName operation={example.operation} /> <span class="muted">{example.region},</span> <Moment at={example.at} />
        {example.revealed !== undefined && <span class="sub warn">revealed, and removed later</span>}
        {example.traceId !== undefined && (
          <span class="sub trace">
            trace <code>{example.traceId}</code>
          </span>
        )}
      </td>
      <td>
        {onChoose !== undefined && (
          <button type="button" aria-pressed={isChosen} onClick={onChoose}>
            {isChosen ? 'Shown' : 'Show'}
          </button>
        )}
      </td>
    </tr>
  )
}

/** Both answers as they are kept: what may not be stored is its shape. */
function SideBySide({ example: { legacyAnswer, candidateAnswer } }: { readonly example: Example }) {
  const sections = useMemo(() => foldSame(pairLines(legacyAnswer, candidateAnswer)), [legacyAnswer, candidateAnswer])
  return (
    <Scroll label="Both answers side by side">
      <table class="lines">
        <colgroup>
          <col class="number-column" />
          <col />
          <col class="number-column" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" colSpan={2}>
              <span class="origin legacy">Legacy</span>
            </th>
            <th scope="col" colSpan={2}>
              <span class="origin candidate">Candidate</span>
            </th>
          </tr>
        </thead>
        {sections.map((section, index) => (
          <Lines key={index} section={section} />
        ))}
      </table>
    </Scroll>
  )
}

function Lines({ section: { isFolded, pairs } }: { readonly section: Section }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <tbody>
      {isFolded && !isOpen ? (
        <tr class="fold">
          <td colSpan={4}>
            <button type="button" class="quiet" onClick={() => setOpen(true)}>
              Show {count(pairs.length)} equal lines
            </button>
          </td>
        </tr>
      ) : (
        pairs.map((pair, index) => <PairRow key={index} pair={pair} />)
      )}
    </tbody>
  )
}

function PairRow({ pair: { kind, left, right } }: { readonly pair: Pair }) {
  return (
    <tr class={kind}>
      <Side line={left} origin="legacy" sign={kind === 'changed' ? '−' : ''} />
      <Side line={right} origin="candidate" sign={kind === 'changed' ? '+' : ''} />
    </tr>
  )
}

function Side({ line, origin, sign }: { readonly line: Line | undefined; readonly origin: string; readonly sign: string }) {
  if (line === undefined) return <td colSpan={2} class="empty" />
  return (
    <>
      <td class={`line-number ${origin}`}>
        {line.number}
        <span class="sign">{sign}</span>
      </td>
      <td class={`line-text ${origin}`}>
        {line.parts.map(({ text, marked }, index) => (marked ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>))}
      </td>
    </>
  )
}
