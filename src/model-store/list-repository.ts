import { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'
import type { ExpectedDigest } from './file-digest.ts'
import type { HubAnswer, HubConnection } from './hub-connection.ts'
import { hubError } from './hub-error.ts'
import type { ModelReference } from './model-reference.ts'
import { isSafePath } from './safe-path.ts'
import { type RetryOptions, withRetries } from './with-retries.ts'

/** A file of a repository, as the hub lists it. */
export interface RepositoryFile {
  readonly path: string
  readonly bytes: number
  readonly expected: ExpectedDigest
}

/** A model's repository at one commit. */
export interface RepositoryListing {
  /** 40 hexadecimal digits: what a branch pointed at when it was asked. */
  readonly commit: string
  /** Files whose paths are plain; others are never touched. */
  readonly files: readonly RepositoryFile[]
}

const longestAnswerBytes = 32 * 1024 * 1024
const mostPages = 100
const commit = z.string().regex(/^[0-9a-f]{40}$/)
const revisionAnswer = z.looseObject({ sha: commit })
const treeAnswer = z.array(
  z.looseObject({
    type: z.string(),
    path: z.string(),
    size: z.int().min(0),
    oid: z.string(),
    lfs: z.looseObject({ oid: z.string().regex(/^(sha256:)?[0-9a-f]{64}$/), size: z.int().min(0) }).nullish(),
  }),
)

export interface ListRepositoryOptions extends RetryOptions {
  readonly hub: HubConnection
  readonly reference: ModelReference
}

/** What a repository holds, by two or more requests to the hub's API. Throws `unauthorized`, `model-not-found`, `upstream-failed`, `link-down`. */
export async function listRepository(options: ListRepositoryOptions): Promise<RepositoryListing> {
  const { hub, reference } = options
  const base = `api/models/${reference.org}/${reference.name}`
  const revision = new URL(`${base}/revision/${encodeURIComponent(reference.revision)}`, hub.endpoint)
  const { value } = await getJson(options, revision, revisionAnswer)
  const files: RepositoryFile[] = []
  // By the commit and not by the branch: it may move between two pages.
  let next: URL | undefined = new URL(`${base}/tree/${value.sha}?recursive=true`, hub.endpoint)
  for (let pages = 0; next !== undefined; pages += 1) {
    if (pages === mostPages) throw new EdgewiseError('upstream-failed', `${idOf(reference)} has too many files`)
    const page: { value: z.infer<typeof treeAnswer>; link: string | undefined } = await getJson(
      options,
      next,
      treeAnswer,
    )
    files.push(...page.value.filter(({ type, path }) => type === 'file' && isSafePath(path)).map(toFile))
    next = nextPage(page.link, next, hub)
  }
  return { commit: value.sha, files }
}

/** `org/name`. */
export function idOf({ org, name }: Pick<ModelReference, 'org' | 'name'>): string {
  return `${org}/${name}`
}

/** Throws what `hubError` makes of an answer that is not the one expected. */
export function requireStatus(
  answer: HubAnswer,
  wanted: readonly number[],
  { hub, what, reference, nowMs }: { hub: HubConnection; what: string; reference: ModelReference; nowMs: number },
): void {
  const { status, headers, hubHeaders } = answer
  if (wanted.includes(status)) return
  answer.body.discard()
  const page = new URL(idOf(reference), hub.endpoint).href
  throw hubError({
    status,
    headers: { ...hubHeaders, ...headers },
    what,
    page,
    host: hub.host,
    hasToken: hub.hasToken,
    nowMs,
  })
}

function toFile({ path, size, oid, lfs }: z.infer<typeof treeAnswer>[number]): RepositoryFile {
  if (lfs === undefined || lfs === null) return { path, bytes: size, expected: { algorithm: 'git-sha1', value: oid } }
  return { path, bytes: lfs.size, expected: { algorithm: 'sha256', value: lfs.oid.replace('sha256:', '') } }
}

async function getJson<T>(options: ListRepositoryOptions, url: URL, schema: z.ZodType<T>) {
  const { hub, reference, clock, signal } = options
  return withRetries(options, async () => {
    const answer = await hub.get(url, { headers: { accept: 'application/json' }, signal })
    requireStatus(answer, [200], { hub, what: idOf(reference), reference, nowMs: clock.now() })
    const text = await readText(answer.body, hub.host)
    return { value: parse(text, schema, hub.host), link: answer.headers.link }
  })
}

async function readText(body: AsyncIterable<Uint8Array>, host: string): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.byteLength
    if (bytes > longestAnswerBytes) throw new EdgewiseError('upstream-rejected', `${host} sent a listing without end`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function parse<T>(text: string, schema: z.ZodType<T>, host: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const message = `${host} answers, but not as a hub of models does: look at HF_ENDPOINT, or at a proxy that wants a login`
    throw new EdgewiseError('upstream-rejected', message, { cause })
  }
}

function nextPage(link: string | undefined, from: URL, hub: HubConnection): URL | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '') ?? []
  if (target === undefined) return undefined
  const url = URL.parse(target, from.href)
  if (url?.origin === hub.endpoint.origin) return url
  throw new EdgewiseError(
    'upstream-rejected',
    `${hub.host} continues its listing on another host: that is not followed`,
  )
}
