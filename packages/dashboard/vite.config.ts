import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type HtmlTagDescriptor, type Plugin } from 'vite'

const ROOT = fileURLToPath(new URL('.', import.meta.url))

/** Small modules that most pages load are one file: each file costs a request, and compresses less. */
const SHARED_PARTS = {
  name: 'parts',
  test: /dashboard[\\/]src[\\/](?:ui|api|session|keys)[\\/]/,
  minShareCount: 6,
}

export default defineConfig({
  root: ROOT,
  base: '/dashboard/',
  plugins: [react(), tailwind(), preloadFonts()],
  resolve: {
    // The package prints a <style>, which the content security policy refuses.
    alias: { 'react-remove-scroll': fileURLToPath(new URL('src/ui/remove-scroll.tsx', import.meta.url)) },
  },
  build: {
    emptyOutDir: true,
    target: 'es2024',
    // Assets are files: the content security policy does not allow `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1024,
    rolldownOptions: { output: { codeSplitting: { groups: [SHARED_PARTS] } } },
  },
})

/** Loads the three fonts of every page together with the script, not after the styles that name them. */
function preloadFonts(): Plugin {
  return {
    name: 'preload-fonts',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle = {} }): HtmlTagDescriptor[] =>
        Object.keys(bundle)
          .filter((file) => file.endsWith('.woff2'))
          .map((file) => ({
            tag: 'link',
            injectTo: 'head-prepend',
            attrs: { rel: 'preload', as: 'font', type: 'font/woff2', href: `/dashboard/${file}`, crossorigin: true },
          })),
    },
  }
}
