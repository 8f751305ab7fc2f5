import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'
import type { AskServer } from './ask-server.ts'
import { dialects, type ModelFacts, type ServerDialect } from './dialect.ts'
import type { LocalServerSettings, ServerKind } from './settings.ts'

const listing = z.object({ data: z.array(z.looseObject({ id: z.string().min(1).max(500) })).max(10_000) })

/** What a server is and which models it lists. */
export interface DescribedServer {
  readonly dialect: ServerDialect
  readonly models: readonly string[]
}

/** Finds out what a server is, unless `kind` says so. Throws `upstream-failed` when it has no list of models: it is no model server. */
export async function describeServer(ask: AskServer, url: string, kind?: ServerKind): Promise<DescribedServer> {
  const path = `${new URL(url).pathname.replace(/\/+$/, '')}/models`
  const listed = listing.safeParse(await ask(path))
  if (!listed.success) {
    throw new EdgewiseError('upstream-failed', `${url} gives no list of models at ${path}; its address ends in /v1`)
  }
  return { dialect: await dialectOf(ask, kind), models: listed.data.data.map(({ id }) => id) }
}

/** The facts of the model that the settings name. Throws `model-not-found`, or `config-invalid` when the server would send requests on. */
export async function describeModel(
  ask: AskServer,
  { url, model, kind }: Pick<LocalServerSettings, 'url' | 'model' | 'kind'>,
): Promise<ModelFacts & { readonly dialect: ServerDialect }> {
  const { dialect, models } = await describeServer(ask, url, kind)
  if (!models.some((listed) => dialect.isSameModel(listed, model))) {
    const shown = models.slice(0, 20).join(', ') || 'no model'
    throw new EdgewiseError('model-not-found', `${dialect.name} at ${url} does not offer ${model}; it offers ${shown}`)
  }
  const facts = await dialect.describe(ask, model)
  if (facts.relaysTo === undefined) return { ...facts, dialect }
  throw new EdgewiseError(
    'config-invalid',
    `${dialect.name} at ${url} would send what ${model} is asked on to ${facts.relaysTo}: it is no local model. Name one that runs here, or put it behind a hub`,
  )
}

async function dialectOf(ask: AskServer, kind: ServerKind | undefined): Promise<ServerDialect> {
  for (const dialect of dialects) {
    if (kind === undefined ? await dialect.speaks(ask) : dialect.kind === kind) return dialect
  }
  throw new EdgewiseError('internal', 'no dialect fits')
}
