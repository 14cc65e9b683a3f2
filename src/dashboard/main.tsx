import { render } from 'preact'
import { LocationProvider, Route, Router } from 'preact-iso'
import { LiveProvider, useLive } from './live.tsx'
import { FlagsPage } from './pages/flags.tsx'
import { GroupPage } from './pages/group.tsx'
import { OperationPage } from './pages/operation.tsx'
import { OperationsPage } from './pages/operations.tsx'

function Header() {
  const { connected } = useLive()
  return (
    <header>
      <a class="brand" href="/">
        Banyan
      </a>
      <nav aria-label="Pages">
        <a href="/">Operations</a>
        <a href="/flags">Flags</a>
      </nav>
      <span class={connected ? 'live' : 'live lost'} role="status">
        {connected ? 'live' : 'not connected: these figures are old'}
      </span>
    </header>
  )
}

function App() {
  return (
    <LocationProvider>
      <LiveProvider>
        <Header />
        <main>
          <Router>
            <Route path="/" component={OperationsPage} />
            <Route path="/operations/:key" component={OperationPage} />
            <Route path="/groups/:id" component={GroupPage} />
            <Route path="/flags" component={FlagsPage} />
            <Route default component={() => <p>There is no such page.</p>} />
          </Router>
        </main>
      </LiveProvider>
    </LocationProvider>
  )
}

const root = document.getElementById('app')
if (root !== null) render(<App />, root)
