import { readFileSync } from 'node:fs';

/** The examples of a guide that are marked to be run, by name. */
export function examplesOf(path: string): Map<string, string> {
  const blocks = readFileSync(path, 'utf8').matchAll(/<!-- run: ([\w-]+) -->\n+```\w+\n([^]*?)```/g);
  return new Map([...blocks].map(([, name, code]) => [name!, code!]));
}

/** An example as somebody would change it for their own server. */
export function exampleFor(port: number, name: string): string {
  const code = examplesOf('docs/guide.en.md').get(name);
  if (code === undefined) throw new Error(`The guide has no example named ${name}.`);
  return code.replaceAll('localhost:8080', `127.0.0.1:${port}`);
}
