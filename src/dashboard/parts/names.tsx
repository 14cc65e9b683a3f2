import { SEVERITY, type DifferenceClass } from '../../core/comparison/comparison.ts'
import { ago, operationPath, partsOf } from '../figures.ts'

/** An operation: its type, its name and, small, its signature. Everything a client chose is text. */
export function OperationName({ operation, link = true }: { readonly operation: string; readonly link?: boolean }) {
  const { type, name, signature } = partsOf(operation)
  return (
    <span class="operation">
      <span class={`type ${type}`} title={type}>
        {type === '' ? '?' : type.slice(0, 1).toUpperCase()}
        <span class="hidden">{type}</span>
      </span>
      <span class="operation-text">
        {link ? <a href={operationPath(operation)}>{name}</a> : <span>{name}</span>}
        {signature !== '' && <code class="signature">#{signature.slice(0, 8)}</code>}
      </span>
    </span>
  )
}

/** A class of difference; the colour says whether it blocks, and so does the title. */
export function ClassName({ name }: { readonly name: DifferenceClass }) {
  const severity = SEVERITY[name]
  return (
    <span class={`class ${severity}`} title={`for the gate: ${severity}`}>
      {name}
    </span>
  )
}

/** When something was, for people; the exact time is in the title. */
export function Moment({ at }: { readonly at: number }) {
  const date = new Date(at)
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString()}>
      {ago(at, Date.now())}
    </time>
  )
}

/** `before → after`, read aloud as such. */
export function Change({ from, to }: { readonly from: string; readonly to: string }) {
  return (
    <span class="change">
      <code>{from}</code>
      <span aria-hidden="true"> → </span>
      <span class="hidden"> became </span>
      <code>{to}</code>
    </span>
  )
}
