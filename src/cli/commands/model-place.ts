import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { isModelReference, parseModelReference } from '../../model-store/model-reference.ts'
import { findPulledModel, modelsFolderOf, type PulledModel } from '../../model-store/pulled-models.ts'
import { notPulled } from '../../model-store/resolve-model.ts'
import { stateFolderPath } from '../state-folder.ts'

export interface StateOption {
  readonly state?: string
}

/** Where pulled models lie. */
export function storeOf({ state }: StateOption): { readonly stateFolder: string; readonly modelsFolder: string } {
  const stateFolder = stateFolderPath({ asked: state, environment: process.env, home: homedir() })
  return { stateFolder, modelsFolder: modelsFolderOf(stateFolder) }
}

/** The folder that somebody means: one as it is named, or that of a pulled model. Throws `model-not-found` for a reference that was not pulled. */
export async function modelPlace(name: string, options: StateOption): Promise<string> {
  return isModelReference(name) ? (await pulledModel(name, options)).folder : resolve(name)
}

/** The pulled model that a reference means. Throws `model-not-found`, saying how to fetch it. */
export async function pulledModel(reference: string, options: StateOption): Promise<PulledModel> {
  const { modelsFolder } = storeOf(options)
  const found = await findPulledModel(modelsFolder, parseModelReference(reference))
  if (found === undefined) throw await notPulled(modelsFolder, reference)
  return found
}
