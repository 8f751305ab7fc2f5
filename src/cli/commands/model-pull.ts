import type { Command } from 'commander'
import { tellOffer } from '../../model-store/choose-repository-variant.ts'
import type { PullEvent } from '../../model-store/pull-model.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { makeStateFolder } from '../state-folder.ts'
import { listenForStop } from '../stop-signal.ts'
import { type StateOption, storeOf } from './model-place.ts'
import { createProgressLines } from './model-progress.ts'

const examples = `
Examples:
  edgewise model pull hf:onnx-community/Qwen3-0.6B-ONNX          the variant that suits this machine
  edgewise model pull hf:onnx-community/Qwen3-0.6B-ONNX:q4f16    another one
  edgewise model pull hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF:q4_k_m

Environment:
  HF_ENDPOINT       another hub than https://huggingface.co
  HF_TOKEN          for models that are private or gated; sent to that hub alone
  HF_HUB_OFFLINE=1  fail instead of using the network

What was cut off goes on where it stopped: run the same command again.`

/** `edgewise model pull REF`: fetches a model into the store. */
export function registerModelPull(model: Command): void {
  model
    .command('pull')
    .description('fetch a model from the Hugging Face hub into the state folder')
    .argument('<ref>', 'hf:ORG/NAME, hf:ORG/NAME@REVISION or hf:ORG/NAME@REVISION:VARIANT')
    .option('--state <folder>', 'state folder (default: EDGEWISE_STATE)')
    .action(pull)
    .addHelpText('after', examples)
}

async function pull(text: string, options: StateOption): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const { formatModelReference, parseModelReference } = await import('../../model-store/model-reference.ts')
  const { pullModel } = await import('../../model-store/pull-model.ts')
  const { totalBytes } = await import('../../model-store/total-bytes.ts')
  const { bytesText } = await import('../../model-store/bytes-text.ts')
  const reference = parseModelReference(text)
  const { stateFolder, modelsFolder } = storeOf(options)
  if (isOffline(process.env)) {
    await requirePulled(formatModelReference(reference), options)
    return
  }
  await makeStateFolder(stateFolder)
  const progress = createProgressLines({
    write: (line) => process.stderr.write(line),
    isTerminal: process.stderr.isTTY,
    clock: systemClock,
  })
  const { HF_ENDPOINT: endpoint = '', HF_TOKEN: token = '' } = process.env
  const result = await pullModel({
    reference,
    modelsFolder,
    hub: {
      endpoint: endpoint === '' ? 'https://huggingface.co' : endpoint,
      ...(token.trim() === '' ? {} : { token: token.trim() }),
    },
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
    memoryBytes: process.availableMemory(),
    onEvent: (event) => tell(event, progress),
  }).finally(() => progress.end())
  const { manifest, folder, wasThere } = result
  const size = `${manifest.variant ?? ''} of ${bytesText(totalBytes(manifest))}`
  process.stderr.write(`${wasThere ? 'Already there' : 'Fetched and checked'}: ${size}, commit ${manifest.commit}\n`)
  process.stdout.write(`${folder}\n`)
}

function tell(event: PullEvent, progress: ReturnType<typeof createProgressLines>): void {
  switch (event.type) {
    case 'variants':
      progress.say(tellVariants(event))
      return
    case 'waiting':
      progress.say(`Process ${event.pid} is fetching the same model; waiting for it.`)
      return
    case 'progress':
      progress.update(event.doneBytes, event.totalBytes)
      return
    case 'retry':
      progress.say(`${event.because}; trying again in ${Math.ceil(event.afterMs / 1000)} s`)
      return
    default:
      event satisfies never
  }
}

function tellVariants({ offers, chosen }: Extract<PullEvent, { type: 'variants' }>): string {
  const lines = offers.map((offer) => `${offer === chosen ? '>' : ' '}${tellOffer(offer)}`)
  const warning = chosen.fits ? [] : [`${chosen.name} ${chosen.because}; it is fetched because it was asked for.`]
  return ['Variants, the one that is taken marked:', ...lines, ...warning].join('\n')
}

function isOffline({ HF_HUB_OFFLINE: word = '' }: Readonly<Record<string, string | undefined>>): boolean {
  return /^(1|on|yes|true)$/i.test(word)
}

async function requirePulled(reference: string, options: StateOption): Promise<void> {
  const { findPulledModel } = await import('../../model-store/pulled-models.ts')
  const { parseModelReference } = await import('../../model-store/model-reference.ts')
  const found = await findPulledModel(storeOf(options).modelsFolder, parseModelReference(reference))
  if (found === undefined) {
    const message = `${reference} is not there, and HF_HUB_OFFLINE forbids to fetch it. Unset it, or bring the model over: edgewise model import FILE.`
    throw new EdgewiseError('model-not-found', message)
  }
  process.stdout.write(`${found.folder}\n`)
}
