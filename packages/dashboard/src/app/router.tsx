import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { NotFound } from '../ui/blocks.tsx'
import { Shell } from './shell.tsx'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

/** The texts of an address' query that a page knows; others are dropped. */
function texts<Name extends string>(...names: readonly Name[]) {
  return (search: Record<string, unknown>): { readonly [Key in Name]?: string } => {
    const known = names.flatMap((name) => {
      const value = search[name]
      return value === undefined || value === '' ? [] : [[name, String(value)]]
    })
    return Object.fromEntries(known)
  }
}

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/keys', replace: true })
  },
})

const keys = createRoute({
  getParentRoute: () => root,
  path: '/keys',
  validateSearch: texts('q', 'state', 'scope', 'key_type', 'account_id', 'last_used_before', 'expires_before'),
  component: lazyRouteComponent(() => import('../features/keys/keys-page.tsx'), 'KeysPage'),
})

const newKey = createRoute({
  getParentRoute: () => root,
  path: '/keys/new',
  validateSearch: texts('account_id'),
  component: lazyRouteComponent(() => import('../features/new-key/new-key-page.tsx'), 'NewKeyPage'),
})

const key = createRoute({
  getParentRoute: () => root,
  path: '/keys/$id',
  component: lazyRouteComponent(() => import('../features/key/key-page.tsx'), 'KeyPage'),
})
const keyOverview = createRoute({
  getParentRoute: () => key,
  path: '/',
  validateSearch: texts('step'),
  component: lazyRouteComponent(() => import('../features/key/key-overview.tsx'), 'KeyOverview'),
})
const keyRotation = createRoute({
  getParentRoute: () => key,
  path: '/rotation',
  component: lazyRouteComponent(() => import('../features/key/key-rotation.tsx'), 'KeyRotation'),
})
const keySettings = createRoute({
  getParentRoute: () => key,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/key/key-settings.tsx'), 'KeySettings'),
})
const keyAudit = createRoute({
  getParentRoute: () => key,
  path: '/audit',
  component: lazyRouteComponent(() => import('../features/key/key-audit.tsx'), 'KeyAudit'),
})

const usage = createRoute({
  getParentRoute: () => root,
  path: '/usage',
  validateSearch: texts('step'),
  component: lazyRouteComponent(() => import('../features/usage/usage-page.tsx'), 'UsagePage'),
})

const doctor = createRoute({
  getParentRoute: () => root,
  path: '/doctor',
  component: lazyRouteComponent(() => import('../features/doctor/doctor-page.tsx'), 'DoctorPage'),
})

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: texts('action', 'actor', 'about', 'from', 'to'),
  component: lazyRouteComponent(() => import('../features/audit/audit-page.tsx'), 'AuditPage'),
})

const browsers = createRoute({
  getParentRoute: () => root,
  path: '/browsers',
  component: lazyRouteComponent(() => import('../features/browsers/browsers-page.tsx'), 'BrowsersPage'),
})

const accounts = createRoute({
  getParentRoute: () => root,
  path: '/accounts',
  validateSearch: texts('q', 'usage_tier', 'state'),
  component: lazyRouteComponent(() => import('../features/accounts/accounts-page.tsx'), 'AccountsPage'),
})

const account = createRoute({
  getParentRoute: () => root,
  path: '/accounts/$id',
  component: lazyRouteComponent(() => import('../features/accounts/account-page.tsx'), 'AccountPage'),
})
const accountKeys = createRoute({
  getParentRoute: () => account,
  path: '/',
  component: lazyRouteComponent(() => import('../features/accounts/account-keys.tsx'), 'AccountKeys'),
})
const accountUsage = createRoute({
  getParentRoute: () => account,
  path: '/usage',
  validateSearch: texts('step'),
  component: lazyRouteComponent(() => import('../features/accounts/account-usage.tsx'), 'AccountUsage'),
})
const accountBrowsers = createRoute({
  getParentRoute: () => account,
  path: '/browsers',
  component: lazyRouteComponent(() => import('../features/accounts/account-browsers.tsx'), 'AccountBrowsers'),
})
const accountAudit = createRoute({
  getParentRoute: () => account,
  path: '/audit',
  component: lazyRouteComponent(() => import('../features/accounts/account-audit.tsx'), 'AccountAudit'),
})
const accountSettings = createRoute({
  getParentRoute: () => account,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/accounts/account-settings.tsx'), 'AccountSettings'),
})

const rules = createRoute({
  getParentRoute: () => root,
  path: '/rules',
  component: lazyRouteComponent(() => import('../features/rules/rules-page.tsx'), 'RulesPage'),
})

/** Every page by its address. Filters and tabs are in it; never a secret. */
export const router = createRouter({
  basepath: '/dashboard',
  routeTree: root.addChildren([
    index,
    keys,
    newKey,
    key.addChildren([keyOverview, keyRotation, keySettings, keyAudit]),
    usage,
    doctor,
    audit,
    browsers,
    accounts,
    account.addChildren([accountKeys, accountUsage, accountBrowsers, accountAudit, accountSettings]),
    rules,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
