import { createContext, type ComponentChildren } from 'preact'
import { useContext } from 'preact/hooks'
import type { AdminRole, Status } from '../admin/control-plane.ts'
import { api } from './api/client.ts'
import { useLive, useLoaded } from './live.tsx'

/** What runs, and what whoever looks may do with it. */
export type StatusFacts = Status & { readonly role: AdminRole }

const StatusContext = createContext<StatusFacts | undefined>(undefined)

/** Asks once for everything below it. */
export function StatusProvider({ children }: { readonly children: ComponentChildren }) {
  const { line } = useLive()
  return line === 'locked' ? <>{children}</> : <Known>{children}</Known>
}

function Known({ children }: { readonly children: ComponentChildren }) {
  // The cast holds: JSON leaves out what is absent.
  const { value } = useLoaded('status', async () => (await (await api.status.$get()).json()) as StatusFacts)
  return <StatusContext.Provider value={value}>{children}</StatusContext.Provider>
}

/** `undefined` until it is known. */
export function useStatus(): StatusFacts | undefined {
  return useContext(StatusContext)
}

/** Before it is known nobody is offered anything. */
export function useIsOperator(): boolean {
  return useStatus()?.role === 'operator'
}
