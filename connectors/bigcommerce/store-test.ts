import type { ConnectionCheck, ConnectionReport, ConnectionUse, JsonValue, RunContext } from '../sdk/connector.ts'
import { ConnectorError, type ConnectorErrorCode } from '../sdk/errors.ts'
import type { Patience, StoreClient } from './client.ts'
import { testScopes } from './scope-test.ts'
import type { StoreSettings } from './settings.ts'

/** Somebody waits for the answer of a test. */
const shortPatience: Patience = { attempts: 2, totalMs: 8_000 }
const maxClockSkewMs = 300_000

/**
 * Finds out whether the token opens the store: `/v2/time` asks for hardly any right, `/v2/store` for Information &
 * Settings, which also names the store. A token without that right may still do what the operations need; that is
 * looked at then, when `uses` tells what they do.
 */
export async function testStore(
  settings: StoreSettings,
  client: StoreClient,
  { context, uses = [] }: { readonly context: RunContext; readonly uses?: readonly ConnectionUse[] | undefined },
): Promise<ConnectionReport> {
  const report = await testAccess(settings, client, context)
  if (!report.ok) return report
  const { checks, missing } = await testScopes(uses, { client, context, patience: shortPatience })
  const whole = { ...report, checks: [...report.checks, ...checks] }
  if (missing.length === 0) return whole
  const message = `the token lacks scopes that operations of the project need: ${missing.join(', ')}`
  return { ...whole, ok: false, message, code: 'PERMISSION_DENIED' }
}

/** Who are we? */
async function testAccess(
  settings: StoreSettings,
  client: StoreClient,
  context: RunContext,
): Promise<ConnectionReport> {
  let quota: { readonly [name: string]: JsonValue } = {}
  const watching: RunContext = {
    ...context,
    pacing: {
      ...context.pacing,
      report(account, report) {
        quota = { quota: report.quota, quotaLeft: report.remaining, quotaWindowMs: report.windowMs }
        context.pacing.report(account, report)
      },
    },
  }
  const time = await attempt(() => client.get('/v2/time', watching, shortPatience))
  const store = await attempt(() =>
    isDecisive(time) ? Promise.reject(time) : client.get('/v2/store', watching, shortPatience),
  )
  // The right for the profile may be missing while the token works; both refused is a wrong hash or no right at all.
  const failure =
    store instanceof ConnectorError && (time instanceof ConnectorError || store.code !== 'PERMISSION_DENIED')
      ? store
      : undefined
  if (failure !== undefined) return failedReport(failure, settings)
  const clock: ConnectionCheck[] = time instanceof ConnectorError ? [] : [clockCheck(time.body)]
  if (store instanceof ConnectorError) {
    const missing =
      'the token lacks the scope Information & Settings (read-only), so the name of the store is not known; operations may work all the same'
    const checks: ConnectionCheck[] = [
      passed('access token', 'accepted'),
      { name: 'store profile', status: 'warning', message: missing },
      ...clock,
    ]
    return { ok: true, message: `the token is accepted for store ${settings.storeHash}`, checks, details: quota }
  }
  const { name = settings.storeHash, plan_name: plan = 'unknown', status = 'unknown' } = profileOf(store.body)
  return {
    ok: true,
    message: `connected to ${name} (plan ${plan}, ${status})`,
    checks: [passed('access token', 'accepted'), passed('store profile', `${name}, plan ${plan}, ${status}`), ...clock],
    details: { store: name, plan, status, storeHash: settings.storeHash, ...quota },
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T | ConnectorError> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof ConnectorError) return thrown
    throw thrown
  }
}

/** After these nothing more can be learned from another request. */
function isDecisive(outcome: unknown): outcome is ConnectorError {
  return outcome instanceof ConnectorError && outcome.code !== 'PERMISSION_DENIED'
}

/** Only what identifies the store; the profile holds names and addresses of people too. */
function profileOf(body: unknown): { readonly name?: string; readonly plan_name?: string; readonly status?: string } {
  return typeof body === 'object' && body !== null ? body : {}
}

function clockCheck(body: unknown): ConnectionCheck {
  const seconds = typeof body === 'object' && body !== null && 'time' in body ? Number(body.time) : Number.NaN
  const skewMs = Math.abs(Date.now() - seconds * 1_000)
  if (!(skewMs > maxClockSkewMs)) return passed('clock', 'agrees with the store')
  const minutes = Math.round(skewMs / 60_000)
  return {
    name: 'clock',
    status: 'warning',
    message: `this machine and the store differ by ${minutes} minutes; set the clock, or filters by date will miss records`,
  }
}

function passed(name: string, message: string): ConnectionCheck {
  return { name, status: 'passed', message }
}

/** What each failure means to whoever typed the settings. */
function explain(
  { code, message }: ConnectorError,
  { baseUrl, storeHash }: StoreSettings,
): { readonly check: string; readonly words: string } {
  const { host } = new URL(baseUrl)
  switch (code as ConnectorErrorCode) {
    case 'NOT_FOUND':
      return { check: 'API URL', words: `${host} has no BigCommerce API; check apiUrl` }
    case 'AUTHENTICATION_FAILED':
      return {
        check: 'access token',
        words: 'the access token is not accepted; copy it again, or create a new API account',
      }
    case 'PERMISSION_DENIED':
      return {
        check: 'store hash and scopes',
        words: `store ${storeHash} refuses the token: the store hash is wrong, or the token has none of the scopes asked for`,
      }
    case 'RATE_LIMITED':
      return { check: 'quota', words: 'the store has no requests left just now; other programs use its quota' }
    case 'VENDOR_UNAVAILABLE':
      return { check: 'store', words: 'the store is down, suspended or in maintenance' }
    case 'NETWORK':
      return { check: 'network', words: `${host} cannot be reached` }
    case 'RESPONSE_INVALID':
      return { check: 'answer', words: `${host} answers, but not like BigCommerce; a proxy may stand between` }
    default:
      return { check: 'request', words: message }
  }
}

function failedReport(failure: ConnectorError, settings: StoreSettings): ConnectionReport {
  const { check, words } = explain(failure, settings)
  const checks: ConnectionCheck[] = [{ name: check, status: 'failed', message: failure.message }]
  return { ok: false, message: words, code: failure.code, checks, details: { storeHash: settings.storeHash } }
}
