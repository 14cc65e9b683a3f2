import { diffLines } from 'diff'
import type { Example } from '../core/comparison/group.ts'
import { OperationName, When } from './figures.tsx'

interface Line {
  readonly left?: string
  readonly right?: string
  readonly changed: boolean
}

/** Two answers side by side. What changed comes first, as a table; then the whole answers, line by line. */
export function ExamplePair({ example }: { readonly example: Example }) {
  return (
    <section class="example" aria-label="Example pair">
      <p class="faint">
        <OperationName operation={example.operation} /> in {example.region}, <When at={example.at} />
        {example.traceId !== undefined && `, trace ${example.traceId}`}
      </p>
      <table class="change">
        <thead>
          <tr>
            <th scope="col">Path</th>
            <th scope="col">Legacy</th>
            <th scope="col">Candidate</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{example.path}</th>
            <td class="values">{example.legacy}</td>
            <td class="values">{example.candidate}</td>
          </tr>
        </tbody>
      </table>
      <div class="scroll" role="region" aria-label="Both answers" tabIndex={0}>
        <table class="lines">
          <thead>
            <tr>
              <th scope="col">Legacy</th>
              <th scope="col">Candidate</th>
            </tr>
          </thead>
          <tbody>
            {linesOf(example).map(({ left, right, changed }, index) => (
              <tr key={index} class={changed ? 'changed' : ''}>
                <td>{left}</td>
                <td>{right}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** Pairs up the lines of a line diff: what was removed stands beside what was added in its place. */
function linesOf({ legacyAnswer, candidateAnswer }: Example): readonly Line[] {
  const lines: Line[] = []
  let removed: readonly string[] = []
  const flush = (added: readonly string[]): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      const [left, right] = [removed[index], added[index]]
      lines.push({ changed: true, ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) })
    }
    removed = []
  }
  for (const part of diffLines(`${legacyAnswer}\n`, `${candidateAnswer}\n`)) {
    const texts = part.value.replace(/\n$/, '').split('\n')
    if (part.removed) removed = texts
    else if (part.added) flush(texts)
    else {
      flush([])
      for (const text of texts) lines.push({ left: text, right: text, changed: false })
    }
  }
  flush([])
  return lines
}
