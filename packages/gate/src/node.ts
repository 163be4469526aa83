export { readNodeBody } from './node-body.ts'
export { rawHeader, toGateRequest } from './node-request.ts'
