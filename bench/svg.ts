/** A drawing of these parts, on white. */
export function drawing(width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#334155">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** @param extra attributes */
export function text(x: number, y: number, body: string, extra = ''): string {
  return `<text x="${x}" y="${y}" ${extra}>${body}</text>`;
}

/** @param points each as `x,y` */
export function polyline(points: readonly string[], color: string): string {
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`;
}
