// Plain JavaScript that old versions of Node read too: there, `npm start` itself says what is missing.
if (process.features.typescript) import('./build-dashboard.ts').then(({ buildDashboard }) => buildDashboard(), explain)

/** An installation without development packages serves what is built, or no page at all. */
function explain(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  console.error('The dashboard is not built: its build needs the development packages (npm install)')
}
