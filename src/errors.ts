/**
 * The catalogue of errors an operator can meet. Each has a stable code, the exit code of the process and what to do.
 * `docs/errors.md` lists the same codes; a test compares the two.
 */
export const ERRORS = {
  BAD_CONFIG: { exit: 2, hint: 'run `banyan check` and mend every line that it prints' },
  BAD_USAGE: { exit: 2, hint: 'run the command with --help' },
  FILE_UNREADABLE: { exit: 2, hint: 'check the path and its permissions' },
  FILE_UNWRITABLE: { exit: 2, hint: 'check the path, its permissions and the space that is left' },
  PORT_IN_USE: { exit: 2, hint: 'stop the process that listens there, or choose another port' },
  LISTEN_FAILED: { exit: 2, hint: 'check the host and port that Banyan is told to listen on' },
  STORE_LOCKED: { exit: 2, hint: 'one Banyan owns an embedded store; stop the other one, or use PostgreSQL with DATABASE_URL' },
  STORE_UNREACHABLE: { exit: 2, hint: 'check DATABASE_URL (or store.url) and that PostgreSQL accepts connections' },
  STORE_UNUSABLE: { exit: 2, hint: 'check that the folder of the store can be written and is not damaged' },
  ADMIN_UNREACHABLE: { exit: 2, hint: 'start `banyan serve`, or name the admin address with --admin' },
  UNKNOWN_OPERATION: { exit: 2, hint: 'list the operations seen so far with `banyan report`' },
  UNKNOWN_GROUP: { exit: 2, hint: 'it may have been pruned: list the groups again' },
  GROUP_CONFLICT: { exit: 2, hint: 'look at the group again, then repeat the command' },
  UNKNOWN_REVEAL: { exit: 2, hint: 'list the reveals with `banyan reveals list`' },
  REVEAL_CONFLICT: { exit: 2, hint: 'look at the reveal again, then repeat the command' },
  UNKNOWN_FLAG: { exit: 2, hint: 'list the flags with `banyan flags list`' },
  BAD_FLAG: { exit: 2, hint: 'mend the flag; docs/flags.md has the traps' },
  FLAG_CONFLICT: { exit: 2, hint: 'somebody changed the flag at the same time: look at it again, then repeat the command' },
  UNKNOWN_PLAN: { exit: 2, hint: 'list the plans with `banyan rollout list`' },
  UNKNOWN_UNIT: { exit: 2, hint: 'see what the plan moves with `banyan rollout show`' },
  ROLLOUT_CONFLICT: { exit: 2, hint: 'the controller or somebody else acted at the same time: look at it again, then repeat the command' },
  FLAGS_READ_ONLY: { exit: 2, hint: 'change the flag in LaunchDarkly, or name an access token in flags.apiTokenEnv' },
  FLAGS_REFUSED: { exit: 2, hint: 'do in LaunchDarkly what the message says, then repeat the command' },
  EMERGENCY_HOLDS: { exit: 2, hint: 'repeat it when what the message names is back; until then legacy serves' },
  FLAGS_KEY_MISSING: { exit: 2, hint: 'set the environment variable that flags.sdkKeyEnv names' },
  ADMIN_TOKEN_MISSING: { exit: 2, hint: 'set the environment variable that admin.tokenEnv names, or bind the admin port to 127.0.0.1' },
  DEMO_UNAVAILABLE: { exit: 2, hint: 'the demo needs the development packages: run `npm ci` without --omit=dev' },
  PROCESS_ENDED: { exit: 1, hint: 'see what it said before it ended' },
  START_FAILED: { exit: 2, hint: 'see the log line before this one' },
} as const

export type ErrorCode = keyof typeof ERRORS

/** What an operator did or must mend. Printed as one message with its hint, never with a stack. */
export class BanyanError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  /** `message` names the thing and the value; `hint` overrides the catalogue's fix where a better one is known. */
  constructor(code: ErrorCode, message: string, hint: string = ERRORS[code].hint) {
    super(message)
    this.name = 'BanyanError'
    this.code = code
    this.hint = hint
  }
  get exitCode(): number {
    return ERRORS[this.code].exit
  }
}
