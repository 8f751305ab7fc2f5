import { join } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { formatModelReference, isModelReference, parseModelReference } from './model-reference.ts'
import { ggufOf } from './pulled-manifest.ts'
import { findPulledModel, listPulledModels } from './pulled-models.ts'

/**
 * Where the model lies that a setting names: a path as it is; for an `hf:` reference the folder it was pulled into, or the .gguf file in
 * it. Never touches the network: throws `model-not-found` that says which command pulls it, `config-invalid` for a bad reference.
 */
export async function resolveModel({
  model,
  modelsFolder,
}: {
  /** As the settings have it. */
  readonly model: string
  /** Folder of pulled models. */
  readonly modelsFolder: string
}): Promise<string> {
  if (!isModelReference(model)) return model
  const reference = parseModelReference(model)
  const found = await findPulledModel(modelsFolder, reference)
  if (found === undefined) throw await notPulled(modelsFolder, formatModelReference(reference))
  const gguf = ggufOf(found.manifest)
  return gguf === undefined ? found.folder : join(found.folder, gguf)
}

/** The error for a reference that is not in the store. */
export async function notPulled(modelsFolder: string, reference: string): Promise<EdgewiseError> {
  const id = /^hf:([^@:]+)/.exec(reference)?.[1]
  const others = (await listPulledModels(modelsFolder)).flatMap((model) =>
    'manifest' in model && `${model.manifest.org}/${model.manifest.name}` === id ? [tellReference(model.manifest)] : [],
  )
  const near = others.length === 0 ? '' : ` There is ${others.join(', ')}.`
  return new EdgewiseError(
    'model-not-found',
    `${reference} is not in ${modelsFolder}.${near} Fetch it with: edgewise model pull ${reference}`,
  )
}

function tellReference({
  org,
  name,
  commit,
  variant,
}: {
  org: string
  name: string
  commit: string
  variant?: string | undefined
}): string {
  return `hf:${org}/${name}@${commit.slice(0, 12)}${variant === undefined ? '' : `:${variant}`}`
}
