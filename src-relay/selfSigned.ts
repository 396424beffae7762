/** Makes a certificate that vouches for itself (RFC 5280): clients know its key by the pin in the relay's address. */
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

const ecdsaWithSha256 = '1.2.840.10045.4.3.2'
const commonName = '2.5.4.3'
const day = 24 * 3600 * 1000
/** Nobody checks the time of a pinned certificate; a tool of the operator's may. */
const validFor = 20 * 365 * day

const named = (text: string): Name =>
  new Name([
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value: new AttributeValue({ utf8String: text }) })]),
  ])

const pemOf = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`

/** Positive and never the same again: the first bit is 0 and the second 1. */
const serialNumber = (): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(randomBytes(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes
}

/** PEM; the key is P-256, which every TLS library knows. */
export const makeSelfSigned = (now: number): { cert: string; key: string } => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const algorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 })
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber().buffer,
    signature: algorithm,
    issuer: named('Cairn relay'),
    subject: named('Cairn relay'),
    validity: new Validity({ notBefore: new Date(now - day), notAfter: new Date(now + validFor) }),
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
  })
  const signature = new Uint8Array(sign('sha256', new Uint8Array(AsnConvert.serialize(tbsCertificate)), privateKey))
  const certificate = new Certificate({ tbsCertificate, signatureAlgorithm: algorithm, signatureValue: signature.buffer })
  return {
    cert: pemOf(new Uint8Array(AsnConvert.serialize(certificate))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
