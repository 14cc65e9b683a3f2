import type { ComponentChildren } from 'preact'

/** A place for what may be wider than the page; it can be scrolled by the keyboard. */
export function Scroll({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div class="scroll" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  )
}
