import ts from "typescript";

/**
 * Whether a room does something, and so needs a test beside it. Types, error classes (by name) and constants without
 * functions or calls do nothing.
 */
export function behaves(text: string): boolean {
  const file = ts.createSourceFile("room.ts", text, ts.ScriptTarget.Latest);
  return file.statements.some(acts);
}

function acts(statement: ts.Statement): boolean {
  if (ts.isClassDeclaration(statement)) return statement.name?.text.endsWith("Error") !== true;
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.some(({ initializer }) => holdsCode(initializer));
  return !(
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement)
  );
}

function holdsCode(node: ts.Node | undefined): boolean {
  if (node === undefined) return false;
  if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isCallExpression(node) || ts.isNewExpression(node))
    return true;
  return ts.forEachChild(node, (child) => holdsCode(child) || undefined) ?? false;
}
