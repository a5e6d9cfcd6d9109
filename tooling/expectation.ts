import ts from "typescript";
import type { Problem } from "./problem.ts";

/** A part of the code, `end` excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A statement of an example with the comment `// => literal`. */
export type Expectation = ExpectedValue | ExpectedVariable;

/** `expression; // => literal` or `console.log(expression); // => literal`. */
export interface ExpectedValue {
  readonly kind: "value";
  /** What the comment is about. */
  readonly value: Range;
  /** The same, with the call around it that prints it. */
  readonly whole: Range;
  readonly literal: string;
  /** Whether `await` may stand there. */
  readonly canWait: boolean;
}

/** `const name = expression; // => literal`. */
export interface ExpectedVariable {
  readonly kind: "variable";
  readonly name: string;
  /** The end of the statement. */
  readonly end: number;
  readonly literal: string;
  readonly canWait: boolean;
}

/** Every expectation of an example. A problem's path is its line in the code, from 0. */
export function expectationsIn(file: ts.SourceFile): { expectations: Expectation[]; problems: Problem[] } {
  const expectations: Expectation[] = [];
  const problems: Problem[] = [];
  const attached = new Set<number>();
  const visit = (node: ts.Node): void => {
    const comment = isStatement(node) ? commentAfter(file, node) : undefined;
    if (comment !== undefined && isStatement(node)) {
      attached.add(comment.start);
      const expectation = toExpectation(node, comment.literal);
      if (typeof expectation === "string") problems.push(problem(file, comment.start, expectation));
      else expectations.push(expectation);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  const loose = [...file.text.matchAll(/\/\/ *=>/g)].filter(({ index }) => !attached.has(index));
  problems.push(
    ...loose.map(({ index }) => problem(file, index, "no expression, variable or console.log is before it")),
  );
  return { expectations, problems };
}

function isStatement(node: ts.Node): node is ts.ExpressionStatement | ts.VariableStatement {
  return ts.isExpressionStatement(node) || ts.isVariableStatement(node);
}

/** The comment at the end of a statement's line, or on the line below it. */
function commentAfter(file: ts.SourceFile, node: ts.Node): { start: number; literal: string } | undefined {
  const { text } = file;
  const below = ts
    .getLeadingCommentRanges(text, node.end)
    ?.find(({ pos }) => /^[^\n]*\n[^\n]*$/.test(text.slice(node.end, pos)));
  const comment = ts.getTrailingCommentRanges(text, node.end)?.[0] ?? below;
  const match = comment && /^\/\/ *=>(.*)$/.exec(text.slice(comment.pos, comment.end));
  return comment && match ? { start: comment.pos, literal: match[1]?.trim() ?? "" } : undefined;
}

function toExpectation(node: ts.ExpressionStatement | ts.VariableStatement, literal: string): Expectation | string {
  if (!isLiteralText(literal)) return `"${literal}" is no literal`;
  const canWait = mayAwait(node);
  if (ts.isExpressionStatement(node)) {
    return {
      kind: "value",
      value: rangeOf(printedBy(node.expression)),
      whole: rangeOf(node.expression),
      literal,
      canWait,
    };
  }
  const [declaration, another] = node.declarationList.declarations;
  if (declaration === undefined || another !== undefined || !ts.isIdentifier(declaration.name)) {
    return "more than one variable is before it";
  }
  return { kind: "variable", name: declaration.name.text, end: node.end, literal, canWait };
}

/** The only argument of `console.log`, else the expression itself. */
function printedBy(expression: ts.Expression): ts.Expression {
  if (!ts.isCallExpression(expression) || expression.expression.getText() !== "console.log") return expression;
  const [printed, another] = expression.arguments;
  return printed === undefined || another !== undefined ? expression : printed;
}

function rangeOf(node: ts.Node): Range {
  return { start: node.getStart(), end: node.getEnd() };
}

function mayAwait(node: ts.Node): boolean {
  const around = ts.findAncestor(node, ts.isFunctionLike);
  if (around === undefined) return true;
  return (
    ts.canHaveModifiers(around) &&
    ts.getModifiers(around)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true
  );
}

function isLiteralText(text: string): boolean {
  const file = ts.createSourceFile("literal.ts", `(${text})`, ts.ScriptTarget.Latest);
  const [statement, another] = file.statements;
  if (statement === undefined || another !== undefined || !ts.isExpressionStatement(statement)) return false;
  return ts.isParenthesizedExpression(statement.expression) && isLiteral(statement.expression.expression);
}

function isLiteral(node: ts.Expression): boolean {
  if (ts.isLiteralExpression(node)) return true;
  if (ts.isIdentifier(node)) return ["undefined", "NaN", "Infinity"].includes(node.text);
  if (ts.isPrefixUnaryExpression(node)) return isLiteral(node.operand);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isLiteral);
  if (ts.isNewExpression(node)) return ts.isIdentifier(node.expression) && (node.arguments ?? []).every(isLiteral);
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.every((property) => ts.isPropertyAssignment(property) && isLiteral(property.initializer));
  }
  return [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(node.kind);
}

function problem(file: ts.SourceFile, position: number, what: string): Problem {
  return {
    path: String(file.getLineAndCharacterOfPosition(position).line),
    what: `"// =>" cannot be checked: ${what}`,
    cure: "Write: expression; // => literal",
  };
}
