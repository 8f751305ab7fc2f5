import { createLocalNames, nameModelFolder } from '../../edge/presets/local-names.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { systemClock } from '../../spec/system-clock.ts'
import type { Check } from './check.ts'

/** Whether the name model of the policy loads and reads a text, where the policy has it look. */
export const checkNameModel: Check = async ({ settings: { config }, signal }) => {
  const subject = 'name model'
  const { personalData, mode, nameModel } = config.edge.policy.privacy
  const folder = nameModelFolder({ nameModel })
  if (personalData !== 'protect' && mode === 'enforce')
    return { verdict: 'ok', subject, what: 'not used: the policy has nothing looked through' }
  if (folder === undefined) {
    return {
      verdict: 'warn',
      subject,
      what: 'policy.privacy.nameModel is false: names that nothing announces leave as they are',
      fix: 'Leave it out to use the bundled model, or set it to the folder of another.',
    }
  }
  try {
    await using names = createLocalNames({ clock: systemClock })
    const { model } = await names.use(folder)
    await model.classify(['Ada'], signal)
    return { verdict: 'ok', subject, what: `${model.id} (${model.languages.join(', ')}) reads` }
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    const fix =
      'Nothing leaves this edge until it loads. Set edge.policy.privacy.nameModel to a folder with names.json and model.onnx, to true for the bundled one, or to false for none.'
    return { verdict: 'fail', subject, what: error.message, fix }
  }
}
