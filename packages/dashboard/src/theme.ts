/** What a person chose: a theme, or the system's. */
export type ThemeChoice = 'system' | 'light' | 'dark'

const PLACE = 'countersign.theme'
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

/** Applies the theme that this browser keeps, now and whenever the system's theme changes. */
export function startTheme(): void {
  apply(themeChoice())
  prefersDark.addEventListener('change', () => apply(themeChoice()))
}

/** The choice that this browser keeps, `system` by default. */
export function themeChoice(): ThemeChoice {
  const kept = read()
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** Keeps a choice and applies it. */
export function chooseTheme(choice: ThemeChoice): void {
  try {
    localStorage.setItem(PLACE, choice)
  } catch {
    // Storage is blocked: the choice holds for this page.
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
