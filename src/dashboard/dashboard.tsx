import { useErrorBoundary, useEffect, useRef, useState } from 'preact/hooks'
import { LocationProvider, Route, Router, useLocation } from 'preact-iso'
import { LiveProvider, useLive } from './live.tsx'
import { FlagsPage } from './pages/flags.tsx'
import { GroupPage } from './pages/group.tsx'
import { OperationPage } from './pages/operation.tsx'
import { OperationsPage } from './pages/operations.tsx'
import { RolloutPage } from './pages/rollout.tsx'
import { RolloutsPage } from './pages/rollouts.tsx'
import { RulesPage } from './pages/rules.tsx'
import { ValuesPage } from './pages/values.tsx'
import { Alerts } from './parts/alerts.tsx'
import { EmergencyBanner } from './parts/emergency-banner.tsx'
import { Footer } from './parts/footer.tsx'
import { Header } from './parts/header.tsx'
import { Notice } from './parts/notice.tsx'
import { TokenForm } from './parts/token-form.tsx'
import { StatusProvider } from './status.tsx'

export function Dashboard() {
  return (
    <LocationProvider>
      <LiveProvider>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <StatusProvider>
          <Header />
          <EmergencyBanner />
          <Main />
          <Footer />
        </StatusProvider>
      </LiveProvider>
    </LocationProvider>
  )
}

function Main() {
  const { path } = useLocation()
  const { line } = useLive()
  const main = useRef<HTMLElement>(null)
  const [error, forget] = useErrorBoundary()
  const [shown, setShown] = useState(path)
  // A page of its own is where a reader expects to be after a link: screen readers start at its beginning.
  useEffect(() => {
    if (path === shown) return
    setShown(path)
    forget()
    main.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [path, shown])
  return (
    <main id="main" tabIndex={-1} ref={main}>
      {error === undefined || path !== shown ? (
        line === 'locked' ? (
          <TokenForm />
        ) : (
          <>
            <Alerts />
            <Pages />
          </>
        )
      ) : (
        <Notice title="This page cannot be shown">{String(error)}</Notice>
      )}
    </main>
  )
}

function Pages() {
  return (
    <Router>
      <Route path="/" component={OperationsPage} />
      <Route path="/operations/:key" component={OperationPage} />
      <Route path="/groups/:id" component={GroupPage} />
      <Route path="/rules" component={RulesPage} />
      <Route path="/values" component={ValuesPage} />
      <Route path="/rollouts" component={RolloutsPage} />
      <Route path="/rollouts/:plan" component={RolloutPage} />
      <Route path="/flags" component={FlagsPage} />
      <Route default component={MissingPage} />
    </Router>
  )
}

function MissingPage() {
  return (
    <Notice title="There is no such page">
      <a href="/">All operations</a>
    </Notice>
  )
}
