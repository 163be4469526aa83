import axe from 'axe-core'
import type { Page } from 'playwright-core'

/**
 * What axe-core finds wrong with a page as it is, by all of its rules or by those named, or with one part of it: one line an
 * element.
 */
export async function axeViolations(page: Page, rules?: readonly string[], part = ':root'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(
    async ({ only, within }) => {
      const { axe: engine } = window as unknown as { axe: typeof axe }
      const { violations } = await engine.run(within, {
        resultTypes: ['violations'],
        ...(only && { runOnly: [...only] }),
      })
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
      )
    },
    { only: rules, within: part },
  )
}
