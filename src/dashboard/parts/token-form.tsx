import { token } from '../api/token.ts'
import { useLive } from '../live.tsx'
import { useTitle } from './title.ts'

/** Asks once for the token of the admin API. */
export function TokenForm() {
  const { unlock } = useLive()
  useTitle('Token')
  return (
    <form
      class="card token"
      onSubmit={(event) => {
        event.preventDefault()
        const given = new FormData(event.currentTarget).get('token')
        if (typeof given === 'string') unlock(given.trim())
      }}
    >
      <h1>This Banyan wants its token</h1>
      <p class="muted">
        It is in the environment variable that <code>admin.tokenEnv</code> names. It stays in this tab until the tab is closed.
      </p>
      <label class="field">
        Token
        <input name="token" type="password" autocomplete="off" required autofocus />
      </label>
      {token() !== undefined && (
        <p class="bad" role="alert">
          That token was not accepted.
        </p>
      )}
      <button type="submit" class="primary">
        Open the dashboard
      </button>
    </form>
  )
}
