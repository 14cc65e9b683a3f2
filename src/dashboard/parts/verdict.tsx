import type { OverviewRow } from '../../admin/control-plane.ts'

const SIGNS = { pass: '✓', fail: '✕', inconclusive: '…' } as const

/** What the gate says; its reason is in the title and behind the button. */
export function VerdictButton({
  verdict: { verdict, reason },
  isOpen,
  controls,
  onToggle,
}: {
  readonly verdict: OverviewRow['verdict']
  readonly isOpen: boolean
  readonly controls: string
  readonly onToggle: () => void
}) {
  return (
    <button type="button" class={`verdict ${verdict}`} title={reason} aria-expanded={isOpen} aria-controls={controls} onClick={onToggle}>
      <span aria-hidden="true">{SIGNS[verdict]}</span> {verdict}
    </button>
  )
}

export function Verdict({ verdict: { verdict } }: { readonly verdict: Pick<OverviewRow['verdict'], 'verdict'> }) {
  return (
    <span class={`verdict ${verdict}`}>
      <span aria-hidden="true">{SIGNS[verdict]}</span> {verdict}
    </span>
  )
}
