import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { LineState } from '../api/follow.ts'
import { SPANS, useLive } from '../live.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

const PAGES = [
  { path: '/', text: 'Operations', covers: /^\/($|operations|groups)/ },
  { path: '/rollouts', text: 'Rollouts', covers: /^\/rollouts/ },
  { path: '/rules', text: 'Rules', covers: /^\/rules/ },
  { path: '/values', text: 'Values', covers: /^\/values/ },
  { path: '/flags', text: 'Flags', covers: /^\/flags/ },
] as const

export function Header() {
  const { path } = useLocation()
  const { minutes, setMinutes } = useLive()
  return (
    <header>
      <a class="brand" href="/">
        <Mark />
        Banyan
      </a>
      <nav aria-label="Pages">
        {PAGES.map((page) => (
          <a key={page.path} href={page.path} aria-current={page.covers.test(path) ? 'page' : undefined}>
            {page.text}
          </a>
        ))}
      </nav>
      <div class="header-tools">
        <Line />
        <label class="span">
          <span class="hidden">Time span</span>
          <select value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
            {SPANS.map((span) => (
              <option key={span.minutes} value={span.minutes}>
                Last {span.text}
              </option>
            ))}
          </select>
        </label>
        <ThemeSwitch />
      </div>
    </header>
  )
}

/** The canopy and its roots. */
function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <path d="M3 16a13 11 0 0 1 26 0Z" fill="currentColor" />
      <path d="M16 16v13M8.5 16v8M23.5 16v8" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" fill="none" />
    </svg>
  )
}

const LINES: Readonly<Record<LineState, string>> = { opening: 'Connecting…', up: 'Live', down: 'Disconnected', locked: 'Locked' }

/** Whether what is on the page is what is so. */
function Line() {
  const { line } = useLive()
  const [since, setSince] = useState(() => new Date())
  useEffect(() => setSince(new Date()), [line])
  const detail = line === 'down' ? `Disconnected since ${since.toLocaleTimeString()}; trying again` : LINES[line]
  return (
    <span class={`line ${line}`} role="status" title={detail}>
      <span class="line-dot" aria-hidden="true" />
      {LINES[line]}
      {line === 'down' && <span class="line-since"> since {since.toLocaleTimeString()}, trying again</span>}
    </span>
  )
}
