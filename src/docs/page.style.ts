/** The look of the pages of the docs, light and dark. */
export const style = `
:root {
  --paper: #ffffff; --raised: #f6f7f9; --ink: #1b1f27; --soft: #535c69; --line: #e2e5ea; --accent: #0f766e; --client: #1d4ed8; --server: #0f766e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #101318; --raised: #181c23; --ink: #e6e9ee; --soft: #98a2b1; --line: #2a303a; --accent: #5eead4; --client: #93b4ff; --server: #5eead4;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 4rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
header, nav, main { max-width: 56rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 3rem; }
header p { margin-bottom: 0.5rem; }
h1 { margin: 0; font-size: 2rem; letter-spacing: -0.02em; }
h1 small { color: var(--soft); font-weight: 400; }
h2 { margin: 3.5rem 0 1rem; font-size: 1.5rem; letter-spacing: -0.01em; }
h3 { margin: 0 0 0.25rem; font-size: 1.05rem; }
h4 { margin: 1.25rem 0 0.5rem; font-size: 0.9rem; color: var(--soft); font-weight: 600; }
section > h3 { margin-top: 2rem; }
p { margin: 0 0 1rem; }
a { color: inherit; text-decoration: none; }
nav { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding-top: 0.75rem; padding-bottom: 0.75rem; background: var(--paper); box-shadow: 0 1px 0 var(--line); font-size: 0.95rem; }
nav a { color: var(--soft); }
nav a:hover, h3 a:hover { color: var(--accent); text-decoration: underline; }
nav .aside { color: var(--accent); }
nav a:not(.aside) + .aside { margin-left: auto; }
code, pre { font: 0.84em/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; }
code { padding: 0.1em 0.35em; border-radius: 4px; background: var(--raised); overflow-wrap: anywhere; }
td code { overflow-wrap: normal; }
a.code { color: var(--accent); text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: 0.2em; }
a.code:hover { text-decoration-color: currentColor; }
h1 code { padding: 0; background: none; font-size: 0.9em; overflow-wrap: anywhere; }
a:focus-visible, pre:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100vw; padding: 0.5rem 1rem; background: var(--paper); color: var(--accent); }
.skip:focus { left: 0.5rem; top: 0.5rem; z-index: 2; }
pre { margin: 0.75rem 0 0; padding: 0.9rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--raised); overflow-x: auto; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0 1rem; margin-bottom: 1rem; align-items: start; }
.scroll { overflow-x: auto; margin-bottom: 1rem; }
table { width: 100%; border-collapse: collapse; font-size: 0.925rem; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: 0.45rem 0.9rem 0.45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:last-child, th:last-child { padding-right: 0; }
.refusal { white-space: nowrap; margin-right: 0.75rem; }
.refusal b { font-weight: 600; color: var(--soft); }
article { margin: 0 0 1.25rem; padding: 1.1rem 1.25rem 1.25rem; border: 1px solid var(--line); border-left: 3px solid var(--server); border-radius: 8px; }
article.client { border-left-color: var(--client); }
article .scroll { margin-bottom: 0; }
article td:first-child, article th:first-child { width: 13rem; }
article .pair { margin-bottom: 0; }
article p { color: var(--soft); }
article h3 code { padding: 0; background: none; font-size: 1rem; color: var(--server); }
article.client h3 code { color: var(--client); }
main { padding-bottom: 5rem; }
main > p:first-child, main > .scroll:first-child { margin-top: 1.75rem; }
main > h2 { margin: 2.25rem 0 0.6rem; font-size: 1.2rem; }
@media (max-width: 40rem) {
  td code { overflow-wrap: anywhere; }
  td:first-child { min-width: 7rem; }
  td:last-child { min-width: 11rem; }
}
`;
