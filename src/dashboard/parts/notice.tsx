import type { ComponentChildren } from 'preact'
import { ApiError } from '../api/client.ts'
import type { Loaded } from '../live.tsx'
import { useTitle } from './title.ts'

/** A page that has nothing else to show. */
export function Notice({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  useTitle(title)
  return (
    <div class="notice">
      <h1>{title}</h1>
      <div>{children}</div>
    </div>
  )
}

/** What is shown before there is a value: that it is on its way, or why it does not come. */
export function Waiting({ loaded: { error } }: { readonly loaded: Loaded<unknown> }) {
  if (error === undefined) return <p class="waiting">Loading…</p>
  return (
    <Notice title={error.message}>
      <span role="alert">{error instanceof ApiError ? error.hint : undefined}</span>
    </Notice>
  )
}

/** Above figures that could not be renewed: how old they are, and why. */
export function Stale({ loaded: { error, at } }: { readonly loaded: Loaded<unknown> }) {
  if (error === undefined || at === undefined) return undefined
  return (
    <p class="stale" role="alert">
      These figures are from {new Date(at).toLocaleTimeString()}: {error.message}.
    </p>
  )
}
