// Plain JavaScript that old versions of Node read too: there, `npm start` itself says what is missing.
if (process.features.typescript) import('./build-dashboard.ts').then(({ buildDashboard }) => buildDashboard())
