import './session/link-code.ts'
import './styles.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { serverNow } from './api/server-clock.ts'
import { App } from './app/app.tsx'
import { readSession, type StoredSession } from './session/session-store.ts'
import { startTheme } from './theme.ts'

startTheme()
const stored = await readStored()
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App stored={stored} />
    </StrictMode>,
  )
}

/** None where the browser keeps nothing: the sign-in page says so. */
async function readStored(): Promise<StoredSession | undefined> {
  try {
    const session = await readSession()
    return session && session.expiresAt > serverNow() ? session : undefined
  } catch {
    return undefined
  }
}
