import { emergencyOffer } from '../acts.ts'
import { useStatus } from '../status.tsx'
import { ActButtons } from './act-buttons.tsx'

/** On every page: nothing else on it is what clients get now. */
export function EmergencyBanner() {
  if (useStatus()?.emergency !== true) return undefined
  return (
    <section class="emergency" aria-label="Emergency">
      <p role="alert">
        <strong>Everything goes to legacy,</strong> whatever flags and plans say. No plan goes forward meanwhile.
      </p>
      <ActButtons label="Emergency" offers={[emergencyOffer(true)]} />
    </section>
  )
}
