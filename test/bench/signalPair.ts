/** Two people who talk by libsignal: a PQXDH session, in-memory stores that keep serialised records, as its API asks for. */
import * as signal from '@signalapp/libsignal-client'

type Bytes = Uint8Array<ArrayBuffer>

/** Keeps bytes, as a database would: libsignal reads and writes the record around every message. */
class Sessions extends signal.SessionStore {
  readonly #records = new Map<string, Bytes>()
  override saveSession(name: signal.ProtocolAddress, record: signal.SessionRecord): Promise<void> {
    this.#records.set(name.toString(), record.serialize())
    return Promise.resolve()
  }
  override getSession(name: signal.ProtocolAddress): Promise<signal.SessionRecord | null> {
    const bytes = this.#records.get(name.toString())
    return Promise.resolve(bytes ? signal.SessionRecord.deserialize(bytes) : null)
  }
  override getExistingSessions(): Promise<signal.SessionRecord[]> {
    return Promise.resolve([...this.#records.values()].map((bytes) => signal.SessionRecord.deserialize(bytes)))
  }
}

class Identities extends signal.IdentityKeyStore {
  readonly pair = signal.IdentityKeyPair.generate()
  readonly #known = new Map<string, signal.PublicKey>()
  override getIdentityKey(): Promise<signal.PrivateKey> {
    return Promise.resolve(this.pair.privateKey)
  }
  override getIdentityKeyPair(): Promise<signal.IdentityKeyPair> {
    return Promise.resolve(this.pair)
  }
  override getLocalRegistrationId(): Promise<number> {
    return Promise.resolve(5)
  }
  override saveIdentity(name: signal.ProtocolAddress, key: signal.PublicKey): Promise<signal.IdentityChange> {
    this.#known.set(name.toString(), key)
    return Promise.resolve(signal.IdentityChange.NewOrUnchanged)
  }
  override isTrustedIdentity(): Promise<boolean> {
    return Promise.resolve(true)
  }
  override getIdentity(name: signal.ProtocolAddress): Promise<signal.PublicKey | null> {
    return Promise.resolve(this.#known.get(name.toString()) ?? null)
  }
}

class PreKeys extends signal.PreKeyStore {
  readonly #records = new Map<number, signal.PreKeyRecord>()
  override savePreKey(id: number, record: signal.PreKeyRecord): Promise<void> {
    this.#records.set(id, record)
    return Promise.resolve()
  }
  override getPreKey(id: number): Promise<signal.PreKeyRecord> {
    return found(this.#records.get(id))
  }
  override removePreKey(id: number): Promise<void> {
    this.#records.delete(id)
    return Promise.resolve()
  }
}

class SignedPreKeys extends signal.SignedPreKeyStore {
  readonly #records = new Map<number, signal.SignedPreKeyRecord>()
  override saveSignedPreKey(id: number, record: signal.SignedPreKeyRecord): Promise<void> {
    this.#records.set(id, record)
    return Promise.resolve()
  }
  override getSignedPreKey(id: number): Promise<signal.SignedPreKeyRecord> {
    return found(this.#records.get(id))
  }
}

class KyberPreKeys extends signal.KyberPreKeyStore {
  readonly #records = new Map<number, signal.KyberPreKeyRecord>()
  override saveKyberPreKey(id: number, record: signal.KyberPreKeyRecord): Promise<void> {
    this.#records.set(id, record)
    return Promise.resolve()
  }
  override getKyberPreKey(id: number): Promise<signal.KyberPreKeyRecord> {
    return found(this.#records.get(id))
  }
  override markKyberPreKeyUsed(): Promise<void> {
    return Promise.resolve()
  }
}

const found = <T>(record: T | undefined): Promise<T> => (record ? Promise.resolve(record) : Promise.reject(new Error('no such key')))

const newPerson = (name: string) => ({
  address: signal.ProtocolAddress.new(name, 1),
  sessions: new Sessions(),
  identities: new Identities(),
  preKeys: new PreKeys(),
  signedPreKeys: new SignedPreKeys(),
  kyberPreKeys: new KyberPreKeys(),
})

type Person = ReturnType<typeof newPerson>

/** What `person` would have published at a key server. */
async function newBundle({ identities, preKeys, signedPreKeys, kyberPreKeys }: Person): Promise<signal.PreKeyBundle> {
  const { publicKey, privateKey } = identities.pair
  const [pre, signed, kyber] = [signal.PrivateKey.generate(), signal.PrivateKey.generate(), signal.KEMKeyPair.generate()]
  const signedSignature = privateKey.sign(signed.getPublicKey().serialize())
  const kyberSignature = privateKey.sign(kyber.getPublicKey().serialize())
  await preKeys.savePreKey(1, signal.PreKeyRecord.new(1, pre.getPublicKey(), pre))
  await signedPreKeys.saveSignedPreKey(2, signal.SignedPreKeyRecord.new(2, Date.now(), signed.getPublicKey(), signed, signedSignature))
  await kyberPreKeys.saveKyberPreKey(3, signal.KyberPreKeyRecord.new(3, Date.now(), kyber, kyberSignature))
  return signal.PreKeyBundle.new(
    ...([5, 1, 1, pre.getPublicKey(), 2, signed.getPublicKey(), signedSignature, publicKey] as const),
    ...([3, kyber.getPublicKey(), kyberSignature] as const),
  )
}

export interface SignalPair {
  /** One text from one to the other, opened there. */
  exchange(sender: 'A' | 'B', text: string): Promise<string>
}

/** A session that both sides have heard of: no message carries a pre-key any more. */
export async function createSignalPair(): Promise<SignalPair> {
  const [A, B] = [newPerson('11111111-1111-4111-8111-111111111111'), newPerson('22222222-2222-4222-8222-222222222222')]
  await signal.processPreKeyBundle(await newBundle(B), B.address, A.address, A.sessions, A.identities)

  const encrypt = (from: Person, to: Person, text: string) =>
    signal.signalEncrypt(new Uint8Array(Buffer.from(text)), to.address, from.address, from.sessions, from.identities)
  const decrypt = (from: Person, to: Person, message: signal.CiphertextMessage): Promise<Bytes> => {
    const { sessions, identities, preKeys, signedPreKeys, kyberPreKeys } = to
    const common = [from.address, to.address, sessions, identities] as const
    if ((message.type() as signal.CiphertextMessageType) === signal.CiphertextMessageType.Whisper)
      return signal.signalDecrypt(signal.SignalMessage.deserialize(message.serialize()), ...common)
    const first = signal.PreKeySignalMessage.deserialize(message.serialize())
    return signal.signalDecryptPreKey(first, ...common, preKeys, signedPreKeys, kyberPreKeys)
  }
  const exchange: SignalPair['exchange'] = async (sender, text) => {
    const [from, to] = sender === 'A' ? [A, B] : [B, A]
    return Buffer.from(await decrypt(from, to, await encrypt(from, to, text))).toString()
  }
  await exchange('A', 'hello')
  await exchange('B', 'hello')
  return { exchange }
}
