/** What a person chose: a theme, or to go with the system's. */
export type ThemeChoice = 'system' | 'light' | 'dark'

const PLACE = 'countersign.theme'
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

/** Paints the page by the choice that this browser keeps, now and whenever the system's theme changes. */
export function startTheme(): void {
  apply(themeChoice())
  prefersDark.addEventListener('change', () => apply(themeChoice()))
}

/** The choice that this browser keeps; the system's theme where it keeps none. */
export function themeChoice(): ThemeChoice {
  const kept = read()
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** Keeps a choice and paints the page by it. */
export function chooseTheme(choice: ThemeChoice): void {
  try {
    localStorage.setItem(PLACE, choice)
  } catch {
    // The browser keeps nothing: the choice holds for this page.
  }
  apply(choice)
}

function apply(choice: ThemeChoice): void {
  const system = prefersDark.matches ? 'dark' : 'light'
  document.documentElement.dataset.theme = choice === 'system' ? system : choice
}

function read(): string | null {
  try {
    return localStorage.getItem(PLACE)
  } catch {
    return null
  }
}
