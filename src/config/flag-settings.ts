import { z } from 'zod'

const emergencyFile = z
  .string()
  .min(1)
  .prefault('.banyan/everything-to-legacy')
  .describe('while this file exists, this replica sends everything to legacy; relative to the working directory')

const lastKnown = z
  .string()
  .min(1)
  .prefault('.banyan/last-known-flags.json')
  .describe(
    'where the newest flags are kept for a start while PostgreSQL or LaunchDarkly is down; like store.url, relative to the working directory',
  )

/** Where flags come from, and who may change them. */
export const flags = z.discriminatedUnion('provider', [
  z.strictObject({
    provider: z.literal('store'),
    emergencyFile,
    lastKnown,
  }),
  z.strictObject({
    provider: z.literal('launchdarkly'),
    emergencyFile,
    sdkKeyEnv: z.string().min(1).prefault('LD_SDK_KEY').describe('environment variable with the SDK key'),
    streamUri: z.url().optional().describe('a Relay Proxy instead of LaunchDarkly itself'),
    events: z.boolean().prefault(false).describe('tell LaunchDarkly what was evaluated; that names subjects, which leave this place then'),
    lastKnown,
    apiTokenEnv: z
      .string()
      .min(1)
      .optional()
      .describe('environment variable with an access token that may change the flags; without it Banyan reads them and changes none'),
    apiUri: z
      .url({ protocol: /^https?$/ })
      .prefault('https://app.launchdarkly.com')
      .describe("LaunchDarkly's REST API"),
    project: z.string().min(1).prefault('default').describe('key of the project of the flags'),
    environment: z.string().min(1).optional().describe('key of the environment in LaunchDarkly; without it, that of `environment` above'),
  }),
])
