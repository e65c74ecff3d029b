import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The paths of all files below a folder, with forward slashes. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'));
}

/** Every node of every source file below a folder, with `file:line` of where it stands. */
export function* syntaxBelow(folder: string): Generator<{ node: ts.Node; at: string }> {
  for (const path of filesBelow(folder).filter((file) => file.endsWith('.ts'))) {
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    for (const node of descendants(file)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      yield { node, at: `${path}:${line + 1}` };
    }
  }
}

function* descendants(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* descendants(child);
}
