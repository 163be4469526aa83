import { describeCrashes } from '../support/crash/describe-crashes.ts'

describeCrashes({ serverRounds: 60, databaseRounds: 20 })
