/** How models of the Hermes and Qwen families write a call, and how we ask others to: between these two, as JSON with `name` and `arguments`. */
export const toolCallStart = '<tool_call>'
export const toolCallEnd = '</tool_call>'

/** What stands between the start of a call and the JSON text of the tool's name, between that and its arguments, and behind them. */
export const beforeName = '\n{"name": '
export const beforeArguments = ', "arguments": '
export const behindArguments = '}\n'

/** One call as a model writes it. `argumentsText` is JSON. */
export function toolCallText(name: string, argumentsText: string): string {
  return `${toolCallStart}${beforeName}${JSON.stringify(name)}${beforeArguments}${argumentsText}${behindArguments}${toolCallEnd}`
}
