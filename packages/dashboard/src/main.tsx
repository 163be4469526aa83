import './session/link-code.ts'
import './styles.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { NoLink } from './features/enter/no-link.tsx'
import { startTheme } from './theme.ts'

startTheme()
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <NoLink />
    </StrictMode>,
  )
}
