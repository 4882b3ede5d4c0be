// What a JavaScript module imports.
import ts from 'typescript'

/**
 * The modules that a text imports: by name, where the name stands in the text (with its quotes), and which names are asked
 * for, unless that may be any.
 */
export function importsOf(text) {
  const file = ts.createSourceFile('module.js', text, ts.ScriptTarget.ESNext, false, ts.ScriptKind.JS)
  const found = []
  const add = (node, names) =>
    found.push({ name: node.text, names, start: node.getStart(file), end: node.getEnd() })
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, namesOf(node.importClause))
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, undefined)
    else if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      ts.isStringLiteral(node.arguments[0])
    )
      add(node.arguments[0], undefined)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function namesOf(clause) {
  const bindings = clause?.namedBindings
  if (bindings && ts.isNamespaceImport(bindings)) return undefined
  const named = (bindings?.elements ?? []).map(({ propertyName, name }) => (propertyName ?? name).text)
  return clause?.name ? ['default', ...named] : named
}
