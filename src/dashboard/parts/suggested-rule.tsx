import { useState } from 'preact/hooks'
import type { Suggestion } from '../../core/triage/suggest.ts'

/** YAML that can be put into a file of rules as it is. */
export function SuggestedRule({ suggestion }: { readonly suggestion: Suggestion }) {
  const [copied, setCopied] = useState(false)
  const copy = (): void => {
    void navigator.clipboard.writeText(suggestion.yaml).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  return (
    <section aria-labelledby="suggested-rule">
      <h2 id="suggested-rule">Suggested rule</h2>
      <p class="muted">It would accept this group, because {suggestion.because}. Put it under rules: in a file of the config's compare.</p>
      <pre class="rule" tabIndex={0}>
        <code>{suggestion.yaml}</code>
      </pre>
      <button type="button" onClick={copy}>
        {copied ? 'Copied' : 'Copy the rule'}
      </button>
    </section>
  )
}
