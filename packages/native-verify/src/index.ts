export type { NativeVerify, NativeVerifyOptions } from './load-native-verify.ts'
export { loadNativeVerify } from './load-native-verify.ts'
