import { describeCrashes } from './support/crash/describe-crashes.ts'

// The same for longer: npm run soak.
describeCrashes({ serverRounds: 4, databaseRounds: 2 })
