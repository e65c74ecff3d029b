import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const HADIR = 'http://localhost:8080';
/** Browsers that know light-dark(): nothing has to be rewritten for older ones. */
const BROWSERS = ['chrome123', 'firefox121', 'safari17.5'];

export default defineConfig({
  base: '/console/',
  resolve: { alias: { '@hadir/client': resolve(import.meta.dirname, '../client/src/index.ts') } },
  build: {
    outDir: '../dist/console/page',
    emptyOutDir: true,
    target: BROWSERS,
    // The policy of the page allows nothing inline, neither scripts nor images.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
  // An origin that is on the whitelist by default.
  server: { port: 3000, proxy: { '/api': HADIR, '/docs': HADIR, '/ws': { target: HADIR, ws: true } } },
});
