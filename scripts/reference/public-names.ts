import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** What the modules for programs export, as the compiler of TypeScript sees it. */

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The modules that users import, by what they are called. */
export const modules = {
  hebb: 'src/index.ts',
  'hebb/rules': 'rules/index.ts',
  'hebb/runtime': 'runtime/index.ts',
  'hebb/testing': 'testing/index.ts',
} as const

export interface PublicName {
  /** `hebb.conv`, `hebb/rules.vicreg`; of a member `hebb.ConvOptions.stride`. */
  readonly name: string
  readonly isDocumented: boolean
  /** Of its documentation and its signature: what it does inside is no matter. */
  readonly hash: string
}

/** Every name that users can import, members of options among them. */
export function publicNames(): readonly PublicName[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    `${root}tsconfig.json`,
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
      },
    },
  )
  const program = ts.createProgram(
    Object.values(modules).map((file) => root + file),
    config?.options ?? {},
  )
  const checker = program.getTypeChecker()
  const found: PublicName[] = []
  for (const [module, file] of Object.entries(modules)) {
    const source = program.getSourceFile(root + file)
    const symbol = source && checker.getSymbolAtLocation(source)
    if (!symbol) throw new Error(`${file} exports nothing`)
    add(module, symbol)
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))

  function add(prefix: string, module: ts.Symbol): void {
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      const name = `${prefix}.${exported.name}`
      if (symbol.flags & ts.SymbolFlags.ValueModule) add(name, symbol)
      else addNamed(name, symbol)
    }
  }

  function addNamed(name: string, symbol: ts.Symbol): void {
    found.push(described(name, symbol))
    for (const declaration of symbol.declarations ?? [])
      if (ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration))
        for (const member of declaration.members) {
          const own = member.name && checker.getSymbolAtLocation(member.name)
          if (own && !isHidden(member)) found.push(described(`${name}.${own.name}`, own))
        }
  }

  function described(name: string, symbol: ts.Symbol): PublicName {
    const text = ts.displayPartsToString(symbol.getDocumentationComment(checker))
    const tags = symbol.getJsDocTags(checker).map((tag) => `${tag.name} ${ts.displayPartsToString(tag.text)}`)
    const heads = (symbol.declarations ?? []).map(headOf)
    const hash = createHash('sha256')
      .update(JSON.stringify([text, tags, heads]))
      .digest('hex')
      .slice(0, 16)
    return { name, isDocumented: text.trim() !== '', hash }
  }
}

/** Private, or `@internal`: what the declarations of the package leave out. */
const isHidden = (member: ts.Node): boolean =>
  ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal') ||
  (ts.canHaveModifiers(member) &&
    (ts.getModifiers(member) ?? []).some(
      ({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
    ))

/** A declaration without what functions do: names, types and defaults. */
function headOf(declaration: ts.Declaration): string {
  const text = declaration.getSourceFile().text
  let [head, from] = ['', declaration.getStart()]
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const body = node.body as ts.Node
      ts.forEachChild(node, (child) => {
        if (child !== body) visit(child)
      })
      head += text.slice(from, body.getStart())
      from = body.getEnd()
    } else ts.forEachChild(node, visit)
  }
  visit(declaration)
  return (head + text.slice(from, declaration.getEnd())).replace(/\s+/g, ' ')
}
