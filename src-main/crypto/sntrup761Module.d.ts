/** The part of liboqs's single-algorithm Emscripten module that `sntrup761.ts` calls; pointers are offsets into `HEAPU8`. */
declare module '*/sntrup761.min.js' {
  export interface LibOqsModule {
    /** Replaced whenever the memory grows: never keep it. */
    readonly HEAPU8: Uint8Array
    _malloc(bytes: number): number
    _free(pointer: number): void
    lengthBytesUTF8(text: string): number
    stringToUTF8(text: string, pointer: number, bytes: number): void
    _OQS_init(): void
    /** 0 for an unknown algorithm. */
    _OQS_KEM_new(name: number): number
    /** 0 is success, here and below. */
    _OQS_KEM_keypair(kem: number, publicKey: number, secretKey: number): number
    _OQS_KEM_encaps(kem: number, cipherText: number, sharedSecret: number, publicKey: number): number
    _OQS_KEM_decaps(kem: number, sharedSecret: number, cipherText: number, secretKey: number): number
  }
  const createModule: () => Promise<LibOqsModule>
  export default createModule
}
