import { imported, type RuleNames } from './new-rule.ts'

const reserved =
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
  'false finally for function if implements import in instanceof interface let new null package private protected ' +
  'public return static super switch this throw true try typeof var void while with yield'

/** `myRule`, `my-rule` and `my_rule` are one name. For what can be no name: what is wrong with it. */
export function ruleNames(name: string): RuleNames | string {
  if (!/^[A-Za-z][A-Za-z\d]*([-_][A-Za-z\d]+)*$/.test(name))
    return 'is no name for a rule: use letters, digits, - and _, starting with a letter, as in my-rule'
  const rule = name
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
  const constant = rule.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  if (reserved.split(' ').includes(constant) || imported.some((taken) => taken === constant))
    return `is taken: '${constant}' has a meaning of its own in the rule's file`
  return { rule, constant }
}
