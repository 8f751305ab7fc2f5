import { EdgewiseError } from '../../spec/errors.ts'

/** Host, port and database of a connection URL, for messages: user, password and options are left out. Throws `config-invalid`. */
export function postgresPlace(url: string): string {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    const message =
      'DATABASE_URL must be like postgresql://user:password@host:5432/database. It is not shown here, since it may hold a password.'
    throw new EdgewiseError('config-invalid', message)
  }
  const { host, pathname } = new URL(url)
  return `PostgreSQL at ${host || 'its socket'}${pathname}`
}

/** SQLSTATE classes of https://www.postgresql.org/docs/current/errcodes-appendix.html and Node's codes, with what a person can do. */
const explanations: readonly (readonly [RegExp, string])[] = [
  [/^28/, 'refuses the user or the password. Check DATABASE_URL'],
  [/^3D/, 'has no such database. Create it, or check DATABASE_URL'],
  [/^42501$/, 'does not let this user do that. Grant it the rights on its schema, also to create tables'],
  [/^53100$/, 'has no disk space left. Free some'],
  [/^53300$/, 'has no connection free. Raise its max_connections, or run fewer replicas of the hub'],
  [/^(57P0|08)/, 'is starting, shutting down or cut the connection. The hub comes back with it'],
  [/^(57014|55P03)$/, 'took too long. Look for long transactions in it'],
  [/^25006$/, 'is read-only. Point DATABASE_URL at the primary'],
  [/^(ECONN|EHOST|ENET|ETIMEDOUT|EPIPE)/, 'cannot be reached. Check that it runs, and DATABASE_URL'],
  [/^(ENOTFOUND|EAI_AGAIN)/, 'has a host name that does not resolve. Check DATABASE_URL'],
]

/** What PostgreSQL or the network said, as `store-failed` with what to do next. Row values, which PostgreSQL may quote, are left out. */
export function postgresError(place: string, thrown: unknown): EdgewiseError {
  if (thrown instanceof EdgewiseError) return thrown
  const code = codeOf(thrown)
  const explanation = explanations.find(([pattern]) => pattern.test(code))?.[1] ?? 'failed'
  const detail = code === '' ? messageOf(thrown) : code
  return new EdgewiseError('store-failed', `The store, ${place}, ${explanation} (${detail}).`, { cause: thrown })
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
