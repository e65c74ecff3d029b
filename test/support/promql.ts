export interface Selector {
  readonly metric: string;
  /** Labels it is selected by, each with the text it is compared with where that is one, or a list of some. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

const WORDS = /^(and|or|unless|on|ignoring|bool|offset|inf|nan)$/i;

/** The labels in a PromQL expression by which it groups or joins. */
export function groupings(expression: string): string[] {
  const lists = expression.matchAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g);
  return [...lists].flatMap(([, list = '']) => list.split(',').map((label) => label.trim())).filter(Boolean);
}

/** What a PromQL expression reads: each metric with the labels it is selected by. */
export function selectors(expression: string): Selector[] {
  const text = expression.replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const found: Selector[] = [];
  const token = /([a-zA-Z_:][\w:]*)\s*(\(|\{([^}]*)\})?|\[[^\]]*\]|\d[\w.]*|"[^"]*"/g;
  for (const [, name, tail, inner = ''] of text.matchAll(token)) {
    if (!name || tail === '(' || WORDS.test(name)) continue;
    const pairs = [...inner.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)];
    const labels = Object.fromEntries(
      pairs.map(([, label = '', , value = '']) => [label, /^[\w|]+$/.test(value) ? value.split('|') : []]),
    );
    found.push({ metric: name, labels });
  }
  return found;
}
