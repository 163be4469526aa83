/**
 * The code of a sign-in link, taken out of the address and of this tab's history before anything else of the page runs. It is
 * kept in memory only.
 */
export const linkCode = takeCode()

function takeCode(): { current: string | undefined } {
  const code = location.pathname.endsWith('/enter') ? location.hash.slice(1) : ''
  if (code === '') return { current: undefined }
  history.replaceState(null, '', location.pathname)
  return { current: code }
}
