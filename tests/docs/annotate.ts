/**
 * What the comments of a snippet promise: `expression; // value` must give that value, `expression; // throws Name` must
 * throw that error. Anything that is not plainly a value is prose, and is left alone.
 */
import ts from "typescript";

/** A snippet whose promises are checked as it runs, and how many there are. */
export interface Annotated {
  readonly text: string;
  readonly promises: number;
}

/** Puts a check around each expression that a comment says something of. `place` is where the snippet begins. */
export function annotate(text: string, place: string): Annotated {
  const source = ts.createSourceFile("snippet.ts", text, ts.ScriptTarget.Latest, true);
  const edits: { at: number; insert: string }[] = [];
  let promises = 0;
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    const said = commentBehind(text, node);
    if (said === undefined) return;
    const thrown = /^throws (\w+)(?:\b|$)/.exec(said)?.[1];
    const expected = thrown === undefined ? leadingLiteral(said) : JSON.stringify(thrown);
    if (expected === undefined) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line;
    const where = JSON.stringify(place.replace(/\d+$/, (first) => String(Number(first) + line)));
    if (ts.isExpressionStatement(node)) {
      const { expression } = node;
      const told = thrown === undefined ? toldBy(expression) : expression;
      const awaits = /\bawait\b/.test(told.getText());
      const [open, close] =
        thrown === undefined
          ? ["checkValue((", `), ${expected}, ${where})`]
          : awaits
            ? ["await checkThrows(async () => (", `), ${expected}, ${where})`]
            : ["checkThrows(() => (", `), ${expected}, ${where})`];
      edits.push({ at: told.getStart(), insert: open }, { at: told.end, insert: close });
      promises++;
    } else if (ts.isVariableStatement(node) && thrown === undefined) {
      const [declaration] = node.declarationList.declarations;
      if (declaration === undefined || !ts.isIdentifier(declaration.name)) return;
      edits.push({ at: node.end, insert: ` checkValue(${declaration.name.text}, ${expected}, ${where});` });
      promises++;
    }
  };
  visit(source);
  let annotated = text;
  for (const { at, insert } of edits.sort((a, b) => b.at - a.at)) {
    annotated = annotated.slice(0, at) + insert + annotated.slice(at);
  }
  return { text: annotated, promises };
}

/** What `console.log(x)` is said to print is said of `x`. */
function toldBy(expression: ts.Expression): ts.Expression {
  if (!ts.isCallExpression(expression) || expression.expression.getText() !== "console.log") return expression;
  const [only, more] = expression.arguments;
  return only === undefined || more !== undefined ? expression : only;
}

function commentBehind(text: string, node: ts.Node): string | undefined {
  if (!ts.isExpressionStatement(node) && !ts.isVariableStatement(node)) return undefined;
  const [range] = ts.getTrailingCommentRanges(text, node.end) ?? [];
  if (range === undefined || range.kind !== ts.SyntaxKind.SingleLineCommentTrivia) return undefined;
  return text.slice(range.pos + 2, range.end).trim();
}

/** The value that a comment begins with, as source text; what follows it must be set off: `true: for …`, `2 (of 3)`. */
export function leadingLiteral(comment: string): string | undefined {
  for (let end = comment.length; end > 0; end--) {
    if (end < comment.length && !/^(?:[,:;]|\s+\()/.test(comment.slice(end))) continue;
    const text = comment.slice(0, end);
    const source = ts.createSourceFile("comment.ts", `(${text})`, ts.ScriptTarget.Latest, true);
    const [statement, more] = source.statements;
    const broken = (source as unknown as { parseDiagnostics: readonly unknown[] }).parseDiagnostics.length > 0;
    if (broken || statement === undefined || more !== undefined || !ts.isExpressionStatement(statement)) continue;
    if (isLiteral(statement.expression)) return text;
  }
  return undefined;
}

function isLiteral(node: ts.Node): boolean {
  if (ts.isParenthesizedExpression(node)) return isLiteral(node.expression);
  if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.MinusToken && isLiteral(node.operand);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isLiteral);
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.every((part) => ts.isPropertyAssignment(part) && isLiteral(part.initializer));
  }
  if (ts.isIdentifier(node)) return ["undefined", "NaN", "Infinity"].includes(node.text);
  return (
    ts.isStringLiteral(node) ||
    ts.isNumericLiteral(node) ||
    ts.isBigIntLiteral(node) ||
    [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(node.kind)
  );
}
