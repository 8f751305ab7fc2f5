import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import type { Command } from 'commander'
import { parseConfig, readConfigFile } from './config-file.ts'
import type { Config } from './config-schema.ts'
import { stateFolderPath } from './state-folder.ts'

const defaultFile = 'edgewise.yaml'

export interface SettingsOptions {
  readonly config?: string
  readonly state?: string
}

export interface Settings {
  readonly config: Config
  /** Where they were read; undefined when there is no file and the defaults hold. */
  readonly file: string | undefined
  readonly stateFolder: string
}

/** Adds the options that every command with settings takes. */
export function addSettingsOptions(command: Command): Command {
  return command
    .option('--config <file>', `settings (default: ${defaultFile} in this folder, if there is one)`)
    .option('--state <folder>', 'folder for keys, decisions and joined edges (default: EDGEWISE_STATE)')
}

/** Settings for one command: from the file that is asked for, else from edgewise.yaml, else the defaults. Throws `config-invalid`. */
export async function readSettings({ config: asked, state }: SettingsOptions): Promise<Settings> {
  const file = asked ?? (existsSync(defaultFile) ? defaultFile : undefined)
  const config = file === undefined ? parseConfig({ text: '', file: 'the defaults' }) : await readConfigFile(file)
  return { config, file, stateFolder: stateFolderPath({ asked: state, environment: process.env, home: homedir() }) }
}
