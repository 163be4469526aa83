export { rawHeader, toGateRequest } from './node-request.ts'
