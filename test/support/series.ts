/** Series of Prometheus by name and labels, without the one that names the edge: `banyan_refused_total{reason="queue"}`. */
export type Series = ReadonlyMap<string, number>

export function seriesOf(text: string): Series {
  const series = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === '') continue
    const kept = labels.replace(/(^|,)edge="[^"]*"/, '').replace(/^,/, '')
    const key = kept === '' ? name : `${name}{${kept}}`
    series.set(key, (series.get(key) ?? 0) + Number(value))
  }
  return series
}

/** Counters of what was turned away, let go or not understood: what moved since, and by how much. */
export function movedSince(before: Series, now: Series): Readonly<Record<string, number>> {
  const moved: Record<string, number> = {}
  for (const [key, value] of now) {
    const by = value - (before.get(key) ?? 0)
    if (by !== 0 && COUNTED.test(key)) moved[key] = by
  }
  return moved
}

const COUNTED = /^banyan_(refused|mirror_skipped|requests_unmirrored|shadow_shed|primary_failures|evidence_lost)_total\{/
