import { resourceFromAttributes, type Resource } from '@opentelemetry/resources'

type Otel = Readonly<Record<string, string>>

/** Who speaks: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, with `banyan` where nothing is said. */
export function resourceOf(otel: Otel): Resource {
  const pairs = pairsOf(otel['OTEL_RESOURCE_ATTRIBUTES'] ?? '')
  return resourceFromAttributes({
    'service.name': 'banyan',
    ...Object.fromEntries(pairs),
    ...(otel['OTEL_SERVICE_NAME'] === undefined ? {} : { 'service.name': otel['OTEL_SERVICE_NAME'] }),
  })
}

/** What cannot be decoded says nothing, as a whole (OpenTelemetry, "Resource SDK"). */
function pairsOf(said: string): readonly (readonly [name: string, value: string])[] {
  try {
    return said.split(',').flatMap((pair) => {
      const at = pair.indexOf('=')
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())] as const]
    })
  } catch {
    return []
  }
}

/** Where to send a signal, by the rules of the OTLP exporter specification: a signal's own address as it is, the common one with the signal's path. */
export function otlpTarget(otel: Otel, signal: 'traces' | 'metrics'): { readonly url?: string; readonly headers?: Record<string, string> } {
  const own = otel[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`]
  const common = otel['OTEL_EXPORTER_OTLP_ENDPOINT']
  const url = own ?? (common === undefined ? undefined : `${common.replace(/\/$/, '')}/v1/${signal}`)
  return url === undefined ? {} : { url }
}
