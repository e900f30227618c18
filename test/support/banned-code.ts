/**
 * Reads TypeScript as a tree and finds what the house style bans: in hot code whatever costs per request without need,
 * everywhere the clocks and dice that a test could not replace. Works on text, so that it can be tested itself.
 */

import ts from 'typescript';

export interface Finding {
  /** Counts from 1. */
  readonly line: number;
  readonly what: string;
}

const HOT_LINE = '// hot: runs once per request';
const COLD_LINE = /^\/\/ cold: \S/;
/**
 * Why a construct is right here, such as "once per connection": on its line, on the line above, or in the comments before
 * a function around it, for all of that function.
 */
const HOT_OK = /\/\/ hot-ok: \S/;

/** What a file in a hot folder says of itself: a file without code needs to say nothing. */
export function temperatureOf(path: string, text: string): 'hot' | 'cold' | 'types only' | 'unmarked' {
  const [first = ''] = text.split('\n', 1);
  if (first === HOT_LINE) return 'hot';
  if (COLD_LINE.test(first)) return 'cold';
  return parse(path, text).statements.every(isTypeOnly) ? 'types only' : 'unmarked';
}

/** Constructs that hot code must not hold, but where a `// hot-ok: reason` says why. */
export function findInHotCode(path: string, text: string): Finding[] {
  const source = parse(path, text);
  const lines = text.split('\n');
  const findings: Finding[] = [];
  const visit = (node: ts.Node, inFunction: boolean): void => {
    const what = bannedInHotCode(node, inFunction);
    if (what !== null) {
      const line = lineOf(source, node);
      if (!HOT_OK.test(lines[line - 1] ?? '') && !HOT_OK.test(lines[line - 2] ?? ''))
        findings.push({ line, what });
    }
    const isFunction = ts.isFunctionLike(node);
    if (isFunction && HOT_OK.test(text.slice(node.getFullStart(), node.getStart(source)))) return;
    ts.forEachChild(node, (child) => visit(child, inFunction || isFunction));
  };
  visit(source, false);
  return findings;
}

/** Clocks and dice that belong into src/kit/clock.ts. */
export function findClocks(path: string, text: string): Finding[] {
  const source = parse(path, text);
  const findings: Finding[] = [];
  const visit = (node: ts.Node): void => {
    const what = clockIn(node);
    if (what !== null) findings.push({ line: lineOf(source, node), what });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}

function bannedInHotCode(node: ts.Node, inFunction: boolean): string | null {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async';
  if (ts.isAwaitExpression(node)) return 'await';
  if (ts.isTryStatement(node)) return 'try';
  if (ts.isSpreadElement(node) || ts.isSpreadAssignment(node)) return 'a spread';
  if (inFunction && (ts.isArrowFunction(node) || ts.isFunctionExpression(node))) return 'a closure';
  if (ts.isNewExpression(node) && node.expression.getText() === 'Promise') return 'a promise';
  if (ts.isPropertyAccessExpression(node)) {
    const name = node.getText();
    if (/^Object\.(entries|keys|values|fromEntries|assign)$/.test(name)) return name;
    if (name.startsWith('Promise.')) return 'a promise';
  }
  return null;
}

function clockIn(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node)) {
    const name = node.getText();
    if (/^(Date\.now|performance\.now|Math\.random|process\.(hrtime|uptime))$/.test(name)) return name;
  }
  if (
    ts.isNewExpression(node) &&
    node.expression.getText() === 'Date' &&
    (node.arguments?.length ?? 0) === 0
  ) {
    return 'new Date()';
  }
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()';
  return null;
}

function isTypeOnly(statement: ts.Statement): boolean {
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return true;
  if (ts.isImportDeclaration(statement))
    return statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return ts.isExportDeclaration(statement) && statement.isTypeOnly;
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}
