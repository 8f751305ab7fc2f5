import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeOnnxModel } from '../../partition/encode-onnx-model.ts'
import { seededRandom } from '../tiny-decoder/weight-store.ts'
import { NamesGraph } from './names-graph.ts'

export interface TinyNamesOptions {
  /** Made when absent. */
  readonly folder: string
  readonly seed?: number
  readonly layers?: number
  readonly minScore?: number
}

const tags = ['O', ...['PERSON', 'LOCATION'].flatMap((name) => ['B', 'I', 'L', 'U'].map((place) => `${place}-${name}`))]
const features = [
  { name: 'lower', rows: 500 },
  { name: 'suffix3', rows: 300 },
  { name: 'shape', rows: 100 },
  { name: 'gap', rows: 10 },
  { name: 'bigram', rows: 500 },
]

/** Writes a name model with random weights as a whole folder. Same options, same bytes. What it names means nothing. */
export async function writeTinyNames({
  folder,
  seed = 1,
  layers = 2,
  minScore = 0.5,
}: TinyNamesOptions): Promise<void> {
  await mkdir(folder, { recursive: true })
  const shape = { rows: features.map(({ rows }) => rows), tags: tags.length, hiddenSize: 16, layers }
  const { graph } = new NamesGraph(shape, seededRandom(seed))
  await writeFile(join(folder, 'model.onnx'), encodeOnnxModel(graph.model({ folder, producer: 'edgewise tiny names' })))
  const settings = { version: 1, tags, features, receptiveField: layers, languages: ['en'], minScore }
  await writeFile(join(folder, 'names.json'), `${JSON.stringify(settings)}\n`)
}
