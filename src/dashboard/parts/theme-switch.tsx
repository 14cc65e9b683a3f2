import { useEffect, useState } from 'preact/hooks'

const KEY = 'banyan-theme'
/** `system` follows the device. */
const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

/** Drawn, because fonts differ in which signs they have. */
const SIGNS: Readonly<Record<Theme, string>> = {
  system: 'M8 1.5a6.5 6.5 0 1 1 0 13Z M8 1.5a6.5 6.5 0 1 0 0 13',
  light:
    'M8 5a3 3 0 1 1 0 6a3 3 0 0 1 0-6Z M8 .8v1.6M8 13.6v1.6M.8 8h1.6M13.6 8h1.6M2.9 2.9l1.1 1.1M12 12l1.1 1.1M2.9 13.1L4 12M12 4l1.1-1.1',
  dark: 'M13.8 9.8A6.2 6.2 0 0 1 6.2 2.2a6.2 6.2 0 1 0 7.6 7.6Z',
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(() => THEMES.find((known) => known === localStorage.getItem(KEY)) ?? 'system')
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
    localStorage.setItem(KEY, theme)
  }, [theme])
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
  return (
    <button type="button" class="quiet theme" title={`Colours: ${theme}; switch to ${next}`} onClick={() => setTheme(next)}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" class={theme}>
        <path d={SIGNS[theme]} stroke="currentColor" stroke-width="1.3" stroke-linecap="round" />
      </svg>
      <span class="hidden">
        Colours: {theme}; switch to {next}
      </span>
    </button>
  )
}
