import { Converter } from "typedoc";
import ts from "typescript";

/**
 * Prints the values of each constant `*_DEFAULTS` into its documentation: the type alone says nothing of them.
 *
 * @param {import("typedoc").Application} app
 */
export function printDefaults(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const reflection of Object.values(context.project.reflections)) {
      if (!/^[A-Z\d_]+_DEFAULTS$/.test(reflection.name) || !reflection.isDeclaration()) continue;
      const symbol = context.getSymbolFromReflection(reflection);
      const file = symbol?.declarations?.[0]?.getSourceFile();
      const program = context.programs.find((one) => file !== undefined && one.getSourceFiles().includes(file));
      if (symbol === undefined || program === undefined)
        throw problem(reflection.name, "declared in the sources", "nothing");
      const text = valuesOf(symbol, program.getTypeChecker());
      reflection.comment?.summary.push({
        kind: "text",
        text: `\n\nIts values; the default of an option that is not among them stands with that option:\n\n\`\`\`ts\n${text}\n\`\`\``,
      });
    }
  });
}

/**
 * The values of a constant that is an object, as code: what is written in it, and for what is taken from another constant the
 * value that stands there. Calls stay calls, for they may give another value on another machine.
 *
 * @param {ts.Symbol} symbol
 * @param {ts.TypeChecker} checker
 * @returns {string}
 */
export function valuesOf(symbol, checker) {
  const value = initializerOf(symbol, checker);
  if (value === undefined || !ts.isObjectLiteralExpression(value))
    throw problem(symbol.name, "an object literal", value?.getText() ?? "nothing");
  return print(value, checker, "");
}

/**
 * @param {ts.Expression} expression
 * @param {ts.TypeChecker} checker
 * @param {string} indent
 * @returns {string}
 */
function print(expression, checker, indent) {
  const value = resolve(expression, checker);
  if (!ts.isObjectLiteralExpression(value)) return value.getText().replace(/\s+/g, " ");
  const lines = value.properties.map((property) => {
    if (!ts.isPropertyAssignment(property)) throw problem(property.getText(), "name: value", property.getText());
    return `${indent}  ${property.name.getText()}: ${print(property.initializer, checker, `${indent}  `)},\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

/**
 * What a name, or a property of it, stands for; functions keep their names.
 *
 * @param {ts.Expression} expression
 * @param {ts.TypeChecker} checker
 * @returns {ts.Expression}
 */
function resolve(expression, checker) {
  const bare = unwrap(expression);
  if (ts.isPropertyAccessExpression(bare)) {
    const owner = resolve(bare.expression, checker);
    const properties = ts.isObjectLiteralExpression(owner) ? owner.properties.filter(ts.isPropertyAssignment) : [];
    const found = properties.find(({ name }) => name.getText() === bare.name.text);
    return found === undefined ? bare : resolve(found.initializer, checker);
  }
  if (!ts.isIdentifier(bare)) return bare;
  const symbol = checker.getSymbolAtLocation(bare);
  const value = symbol && initializerOf(symbol, checker);
  return value === undefined || ts.isArrowFunction(value) ? bare : resolve(value, checker);
}

/**
 * @param {ts.Symbol} symbol - Perhaps what an import or an export calls it.
 * @param {ts.TypeChecker} checker
 * @returns {ts.Expression | undefined}
 */
function initializerOf(symbol, checker) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  return declaration.initializer && unwrap(declaration.initializer);
}

/**
 * Without Object.freeze and what only concerns types.
 *
 * @param {ts.Expression} expression
 * @returns {ts.Expression}
 */
function unwrap(expression) {
  if (ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression) || ts.isParenthesizedExpression(expression))
    return unwrap(expression.expression);
  const [first] = ts.isCallExpression(expression) ? expression.arguments : [];
  const isFrozen = ts.isCallExpression(expression) && expression.expression.getText() === "Object.freeze";
  return isFrozen && first !== undefined ? unwrap(first) : expression;
}

/**
 * @param {string} name
 * @param {string} rule
 * @param {string} got
 * @returns {Error}
 */
function problem(name, rule, got) {
  return new Error(`Cannot print the defaults: ${name} must be ${rule}, got ${got}`);
}
