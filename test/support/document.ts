/**
 * What a document asks its reader to do. Blocks are of these kinds:
 *
 *     ts FILE        a file to be saved; without a name, a program to be read
 *     python FILE    the same, for who has Python
 *     sh             commands, one a line
 *     console        `$ command`, each with what it prints; a line `…` stands for any lines
 *     console near   the same, where decimals and times are those of one machine
 *     text           nothing to be done
 *
 * Commands in running text count, too: `npm test`.
 */

export interface SavedFile {
  readonly kind: 'file'
  readonly line: number
  /** Empty where the program is only to be read. */
  readonly name: string
  readonly text: string
}

export interface ShownCommand {
  readonly kind: 'command'
  readonly line: number
  /** As a shell takes it, on one line, without a comment. */
  readonly command: string
  /** What it prints; undefined where the document does not say. */
  readonly output?: string
  readonly isNear: boolean
}

export type Step = SavedFile | ShownCommand

const fence = /^```(.*)\n([^]*?)^```$/gm
const inText = /`((?:npm|npx|node|hebb) [^`]*\w[^`]*)`/g
/** A name, with nothing to do: `npx hebb`, `hebb compile`. */
const isMention = (words: string): boolean => /^(npx hebb|hebb \w+)$/.test(words)

/** @throws Error where a block is of no known kind: what is in it would be tested by nobody */
export function stepsOf(markdown: string): readonly Step[] {
  const lineOf = (place: number): number => markdown.slice(0, place).split('\n').length
  if (/^[ >]+(```|~~~)/m.test(markdown)) throw new Error('a block within a list or a quotation is not read')
  const steps: Step[] = []
  let end = 0
  const readText = (until: number) => {
    for (const { 1: command = '', index } of markdown.slice(end, until).matchAll(inText))
      if (!isMention(command))
        steps.push({ kind: 'command', line: lineOf(end + index), command, isNear: false })
  }
  for (const { 0: whole, 1: info = '', 2: text = '', index } of markdown.matchAll(fence)) {
    readText(index)
    end = index + whole.length
    steps.push(...stepsOfBlock(info, text, lineOf(index) + 1))
  }
  readText(markdown.length)
  return steps
}

function stepsOfBlock(info: string, text: string, line: number): readonly Step[] {
  const [language = '', name = ''] = info.split(' ')
  switch (language) {
    case 'ts':
    case 'python':
      return [{ kind: 'file', line, name, text }]
    case 'sh':
      return commandsOf(text, line)
    case 'console':
      return [...text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(
        ({ 1: command = '', 2: output = '', index }) => ({
          kind: 'command',
          line: line + text.slice(0, index).split('\n').length - 1,
          command,
          output,
          isNear: name === 'near',
        }),
      )
    case 'text':
      return []
    default:
      throw new Error(`line ${line - 1}: a block is ts, python, sh, console or text, not '${info}'`)
  }
}

/** One a line; a line that ends with a backslash goes on. */
function commandsOf(text: string, first: number): readonly ShownCommand[] {
  const commands: ShownCommand[] = []
  let [begun, start] = ['', first]
  for (const [i, each] of text.split('\n').entries()) {
    if (begun === '') start = first + i
    begun = `${begun} ${each.replace(/(^|\s)#\s.*$/, '').trim()}`.trim()
    if (begun.endsWith('\\')) begun = begun.slice(0, -1).trim()
    else if (begun !== '') {
      commands.push({ kind: 'command', line: start, command: begun, isNear: false })
      begun = ''
    }
  }
  return commands
}

/** The document with what its commands printed in place of what it shows; what it shows in part stays. */
export function withOutputs(markdown: string, printed: ReadonlyMap<number, string>): string {
  const lines = markdown.split('\n')
  for (const step of stepsOf(markdown).toReversed()) {
    const output = step.kind === 'command' ? printed.get(step.line) : undefined
    if (step.kind !== 'command' || step.output === undefined || output === undefined) continue
    const shown = step.output.split('\n').slice(0, -1)
    if (!shown.includes('…')) lines.splice(step.line, shown.length, ...output.split('\n').slice(0, -1))
  }
  return lines.join('\n')
}
