import { useEffect, useRef } from 'preact/hooks'
import { OriginLegend } from './measures.tsx'

interface FiltersProps {
  readonly text: string
  readonly onText: (text: string) => void
  readonly regions: readonly string[]
  readonly region: string
  readonly onRegion: (region: string) => void
  readonly shown: string
}

/** Narrows the table down; `/` leads to it. */
export function Filters({ text, onText, regions, region, onRegion, shown }: FiltersProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, select, textarea')
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      field.current?.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  return (
    <div class="filters" role="search">
      <label class="filter-text">
        <span class="hidden">Filter by operation, region, stage or verdict</span>
        <input
          ref={field}
          type="search"
          placeholder="Filter: name, region, stage, verdict"
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <label>
        <span class="hidden">Region</span>
        <select value={region} onChange={(event) => onRegion(event.currentTarget.value)}>
          <option value="">All regions</option>
          {regions.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <span class="muted" role="status">
        {shown}
      </span>
      <OriginLegend />
    </div>
  )
}
