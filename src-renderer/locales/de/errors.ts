import { relayName } from '../../lib/names.ts'
import type { Details } from '../errors.ts'
import type { AllErrorWords } from '../types.ts'

const relay = (details: Details) => (typeof details['relay'] === 'string' ? relayName(details['relay']) : 'Das Relay')
const wait = (details: Details) => {
  const count = Math.max(1, Math.ceil(Number(details['seconds'] ?? 1)))
  return `Nächster Versuch in ${count === 1 ? '1 Sekunde' : `${count} Sekunden`}; die Wartezeit wächst mit jedem Mal.`
}

const inside = {
  title: 'In Cairn ist etwas schiefgegangen.',
  text: 'Verschickt wurde nichts. Versuch es noch einmal; bleibt es so, starte Cairn neu und kopier die Einzelheiten für die Person, die dir hilft.',
}

/** Was geschehen ist, und was es bedeutet oder was jetzt zu tun ist. */
export const deErrors: AllErrorWords = {
  'codec.malformed': () => ({ title: 'Das lässt sich nicht lesen.', text: 'Ein Teil fehlt oder ist verändert. Bitte noch einmal darum.' }),
  'codec.too-large': () => ({ title: 'Das ist zu groß.', text: 'Nichts wurde geändert. Nimm etwas Kleineres.' }),
  'codec.newer-version': () => ({
    title: 'Das stammt aus einem neueren Cairn.',
    text: 'Bring Cairn auf den neuesten Stand und versuch es dann noch einmal.',
  }),
  'input.invalid': () => ({ title: 'Das geht so nicht.', text: 'Nichts wurde geändert. Schau noch einmal, was du eingegeben hast.' }),
  'method.unknown': () => ({
    title: 'Dieses Fenster und Cairn passen nicht zusammen.',
    text: 'Sie haben verschiedene Fassungen. Lade das Fenster neu.',
  }),
  'crypto.failed': () => ({
    title: 'Eine Prüfung der Schlüssel ist fehlgeschlagen.',
    text: 'Nichts wurde verschickt oder geändert. Versuch es noch einmal; bleibt es so, kopier die Einzelheiten.',
  }),

  'invite.damaged': () => ({
    title: 'Diese Einladung ist beschädigt.',
    text: 'Ein Teil fehlt. Kopier den ganzen Text oder bitte um die Datei.',
  }),
  'invite.too-large': () => ({
    title: 'Das ist zu groß für eine Einladung.',
    text: 'Eine Einladung hat etwa 3 KB. Schau, ob es die richtige Datei ist.',
  }),
  'invite.newer-version': () => ({
    title: 'Diese Einladung stammt aus einem neueren Cairn.',
    text: 'Bring Cairn auf den neuesten Stand und öffne sie dann noch einmal.',
  }),
  'invite.own': () => ({ title: 'Das ist deine eigene Einladung.', text: 'Schick sie jemand anderem.' }),
  'invite.expired': () => ({ title: 'Diese Einladung ist abgelaufen.', text: 'Bitte um eine neue; sie gelten 14 Tage.' }),
  'invite.used': () => ({
    title: 'Diese Einladung ist schon benutzt.',
    text: 'Sie gilt einmal. Wenn du das nicht warst, sag der Person Bescheid, von der sie kam.',
  }),
  'invite.cancelled': () => ({ title: 'Diese Einladung wurde zurückgezogen.', text: 'Bitte die Person, von der sie kam, um eine neue.' }),
  'invite.blocked': ({ name }) => ({
    title: typeof name === 'string' ? `Du hast ${name} blockiert.` : 'Du hast diese Person blockiert.',
    text: 'Gib sie erst frei und öffne die Einladung dann noch einmal.',
  }),
  'invite.for-somebody-else': () => ({
    title: 'Diese Einladung ist für jemand anderen.',
    text: 'Sie nennt eine andere Person. Bitte um eine eigene.',
  }),
  'invite.already-connecting': () => ({
    title: 'Du hast diese Einladung schon angenommen.',
    text: 'Die Unterhaltung steht in deiner Liste und zeigt, wie weit es ist.',
  }),
  'invite.not-found': () => ({
    title: 'Hinter diesem Link liegt nichts.',
    text: 'Er ist vielleicht benutzt, zurückgezogen oder abgelaufen, oder es fehlt ein Stück. Bitte um einen neuen oder um die Datei.',
  }),
  'invite.unknown': () => ({ title: 'Diese Einladung steht nicht mehr in deiner Liste.', text: 'Mach eine neue.' }),
  'invite.needs-relay': () => ({
    title: 'Eine öffentliche Adresse braucht ein Relay.',
    text: 'Du hast keines: Wer die Adresse findet, könnte dich nicht erreichen. Füge zuerst unter „Relays & Netz“ ein Relay hinzu.',
  }),
  'invite.other-code': () => ({
    title: 'Dieser Code ist keine Einladung.',
    text: 'Er gehört zu etwas anderem; geöffnet wurde nichts. Bitte um den Code unter „Jemanden einladen“.',
  }),
  'request.unknown': () => ({ title: 'Diese Anfrage ist nicht mehr da.', text: 'Sie ist beantwortet oder nach 30 Tagen verfallen.' }),

  'verify.other-code': () => ({
    title: 'Dieser Code ist keine Sicherheitsnummer.',
    text: 'Nichts wurde geändert. Öffne auf dem anderen Computer eure Unterhaltung, dann die Einzelheiten, und scanne den Code dort.',
  }),
  'verify.newer-version': () => ({
    title: 'Dieser Code stammt aus einem neueren Cairn.',
    text: 'Bring Cairn auf den neuesten Stand und scanne ihn dann noch einmal.',
  }),
  'verify.own': () => ({
    title: 'Das ist dein eigener Code.',
    text: 'Er beweist nichts. Scanne den auf dem Bildschirm der anderen Person.',
  }),
  'verify.other-contact': ({ name }) => ({
    title: typeof name === 'string' ? `Das ist der Code von ${name}.` : 'Das ist der Code von jemand anderem, den du kennst.',
    text: 'Nichts wurde geändert. Öffne die Unterhaltung mit dieser Person und scanne dann noch einmal.',
  }),
  'picture.too-large': () => ({
    title: 'Dieses Bild ist zu groß.',
    text: 'Angesehen werden bis zu 32 MB und 50 Megapixel. Schneide den Code aus und versuch es damit.',
  }),
  'picture.unsupported': () => ({
    title: 'Diese Art von Bild lässt sich nicht lesen.',
    text: 'Speichere es als PNG oder JPEG und versuch es dann noch einmal.',
  }),
  'picture.damaged': () => ({ title: 'Dieses Bild ist beschädigt.', text: 'Ein Teil fehlt. Bitte noch einmal darum oder mach ein neues.' }),
  'picture.no-code': () => ({
    title: 'Auf diesem Bild ist kein QR-Code zu sehen.',
    text: 'Er muss scharf, ganz und gerade sein. Schneide den Code aus oder mach ein neues Bild.',
  }),
  'picture.several-codes': () => ({
    title: 'Auf diesem Bild ist mehr als ein Code.',
    text: 'Schneide den aus, den du meinst, und versuch es dann noch einmal.',
  }),
  'picture.slow': () => ({
    title: 'Die Suche nach einem Code hat zu lange gedauert.',
    text: 'Geöffnet wurde nichts. Schneide den Code aus und versuch es damit.',
  }),
  'camera.none': () => ({
    title: 'Es wurde keine Kamera gefunden.',
    text: 'Schließ eine an, oder nimm ein Bild des Codes: wähl es aus, zieh es herein oder füg es ein.',
  }),
  'camera.denied': () => ({
    title: 'Cairn darf die Kamera nicht benutzen.',
    text: 'Erlaub es in den Einstellungen dieses Fensters und des Systems, oder nimm ein Bild des Codes.',
  }),
  'camera.busy': () => ({
    title: 'Die Kamera startet nicht.',
    text: 'Vielleicht benutzt sie gerade ein anderes Programm. Schließ es und versuch es dann noch einmal.',
  }),

  'session.none': () => ({ title: 'Es gibt noch keine Sitzung.', text: 'Sie öffnet sich, sobald der andere Computer antwortet.' }),
  'session.refused': () => ({
    title: 'Die Antwort der anderen Seite wurde abgewiesen.',
    text: 'Sie passt nicht zu dieser Unterhaltung. Nichts wurde geändert.',
  }),
  'session.chain-full': () => ({
    title: 'Der andere Computer hat sehr lange nicht geantwortet.',
    text: 'Neue Nachrichten warten hier, bis er es tut.',
  }),
  'session.too-many-resets': () => ({
    title: 'Zu viele Zurücksetzungen in kurzer Zeit.',
    text: 'Cairn wartet eine Weile bis zur nächsten. Eine frische Einladung bringt die Unterhaltung auch in Ordnung.',
  }),
  'contact.unknown': () => ({ title: 'Diese Person steht nicht mehr in deiner Liste.', text: 'Eine Einladung bringt sie zurück.' }),
  'contact.blocked': () => ({ title: 'Du hast diese Person blockiert.', text: 'Verschickt wurde nichts. Gib sie erst frei.' }),
  'contact.self': () => ({ title: 'Das sind deine eigenen Notizen.', text: 'Damit geht das nicht.' }),
  'message.unknown': () => ({ title: 'Diese Nachricht ist nicht mehr hier.', text: 'Sie wurde gelöscht oder ist verschwunden.' }),
  'message.deleted': () => ({ title: 'Diese Nachricht wurde gelöscht.', text: 'Damit lässt sich nichts mehr machen.' }),
  'message.not-own': () => ({
    title: 'Diese Nachricht ist nicht deine.',
    text: 'Nur wer sie geschrieben hat, kann sie ändern oder für beide löschen.',
  }),
  'message.too-late': () => ({ title: 'Diese Nachricht ist zu alt zum Ändern.', text: 'Nachrichten lassen sich 24 Stunden lang ändern.' }),
  'message.too-long': () => ({ title: 'Diese Nachricht ist zu lang.', text: 'Sie wurde nicht verschickt. Teil sie in zwei.' }),
  'exchange.unknown': () => ({ title: 'Das läuft nicht mehr.', text: 'Es ist inzwischen fertig oder abgebrochen.' }),

  'introduction.unknown': () => ({
    title: 'Diese Vorstellung läuft nicht mehr.',
    text: 'Sie wurde beantwortet, zurückgenommen oder ist zu alt.',
  }),
  'introduction.known': () => ({
    title: 'Ihr seid schon verbunden.',
    text: 'Du kannst dieser Person ohne Vorstellung schreiben.',
  }),
  'introduction.too-many': () => ({
    title: 'Es warten zu viele Vorstellungen.',
    text: 'Beantworte einige oder nimm sie zurück, und versuche es dann noch einmal.',
  }),
  'introduction.refused': () => ({
    title: 'Die Vorstellung hat nicht geklappt.',
    text: 'Die Einladung war für jemand anderen oder nicht von der Person, nach der du gefragt hast. Nichts wurde angenommen.',
  }),
  'group.refused': () => ({
    title: 'Diese Änderung der Gruppe ist nicht gültig.',
    text: 'Sie folgt nicht aus dem, was die Gruppe vorher war. Nichts wurde geändert.',
  }),
  'group.unknown': () => ({
    title: 'Diese Gruppe ist nicht hier.',
    text: 'Vielleicht wurde sie auf diesem Computer gelöscht.',
  }),
  'group.not-member': () => ({
    title: 'Du bist nicht mehr in dieser Gruppe.',
    text: 'Was vorher geschrieben wurde, kannst du weiterhin lesen.',
  }),
  'group.not-allowed': () => ({
    title: 'Das darf jemand anderes.',
    text: 'Nur Admins dürfen eine Gruppe ändern, und nur wer sie besitzt das, was Admins betrifft.',
  }),
  'group.full': () => ({
    title: 'Die Gruppe ist voll.',
    text: 'Entferne zuerst jemanden, oder gründe eine zweite Gruppe.',
  }),
  'group.owner': () => ({
    title: 'Eine Gruppe braucht jemanden, dem sie gehört.',
    text: 'Übergib sie an einen Admin oder löse sie auf, bevor du gehst.',
  }),

  'keystore.wrong-passphrase': (details) => ({
    title: 'Diese Passphrase öffnet Cairn nicht.',
    text:
      details['seconds'] === undefined
        ? 'Achte auf Großbuchstaben und Leerzeichen; die Wartezeit wächst mit jedem Versuch.'
        : wait(details),
  }),
  'keystore.in-use': () => ({
    title: 'Cairn läuft mit diesem Profil schon.',
    text: 'Mach im anderen Fenster weiter oder schließ es zuerst.',
  }),
  'keystore.damaged': () => ({
    title: 'Die Datei mit deinen Nachrichten und Schlüsseln ist beschädigt.',
    text: 'Nichts wurde überschrieben. Leg eine Kopie des Profilordners zurück, wenn du eine hast.',
  }),
  'keystore.newer-version': () => ({
    title: 'Dieses Profil wurde mit einem neueren Cairn benutzt.',
    text: 'Nichts wurde geändert. Bring Cairn auf den neuesten Stand und öffne es dann noch einmal.',
  }),
  'keystore.disk-full': () => ({
    title: 'Auf der Platte ist kein Platz mehr.',
    text: 'Die letzte Änderung ist nicht gespeichert. Mach etwas Platz und versuch es dann noch einmal.',
  }),
  'keystore.exists': () => ({
    title: 'Hier gibt es schon ein Profil.',
    text: 'Nichts wurde überschrieben. Lade das Fenster neu, um es zu entsperren.',
  }),
  'keystore.missing': () => ({
    title: 'Hier ist kein Profil.',
    text: 'Die Datei ist weg oder verschoben. Leg sie zurück und starte Cairn dann noch einmal.',
  }),
  'keystore.unwritable': () => ({
    title: 'Cairn darf nicht in seinen Ordner schreiben.',
    text: 'Die letzte Änderung ist nicht gespeichert. Prüf die Rechte des Ordners und versuch es dann noch einmal.',
  }),
  'keychain.unavailable': () => ({
    title: 'Der Schlüsselbund dieses Computers ist nicht da.',
    text: 'Cairn bewahrt darin den Schlüssel dieses Profils auf. Melde dich wie sonst am Computer an und starte dann das eigene Fenster von Cairn.',
  }),
  'keychain.locked': () => ({
    title: 'Der Schlüsselbund dieses Computers ist gesperrt.',
    text: 'Entsperr ihn (meist genügt es, sich am Computer anzumelden) und versuch es dann noch einmal.',
  }),
  'keychain.refused': () => ({
    title: 'Der Schlüsselbund gibt den Schlüssel dieses Profils nicht heraus.',
    text: 'Er stammt von einem anderen Benutzer oder Computer, oder die Frage wurde verneint. Nichts wurde geändert.',
  }),
  'desktop.unavailable': () => ({
    title: 'Das kann nur das eigene Fenster von Cairn.',
    text: 'Dieses läuft in einem Browser. Nichts wurde geändert.',
  }),
  'profile.locked': () => ({ title: 'Cairn ist gesperrt.', text: 'Entsperr es und versuch es dann noch einmal.' }),
  'profile.wait': (details) => ({ title: 'Nach einer falschen Passphrase wartet Cairn.', text: wait(details) }),
  'profile.unknown': () => ({ title: 'Dieses Profil ist nicht mehr da.', text: 'Vielleicht wurde es in einem anderen Fenster gelöscht.' }),
  'profile.not-this-one': () => ({ title: 'So heißt es nicht.', text: 'Gelöscht wurde nichts. Schreib den Namen so, wie er oben steht.' }),
  'profile.too-many': () => ({ title: 'Auf diesem Computer gibt es zu viele Profile.', text: 'Lösch eines, das du nicht mehr brauchst.' }),

  'import.damaged': () => ({
    title: 'Diese Datei ist nicht ganz oder kein Profil.',
    text: 'Daraus wurde nichts gemacht. Hol sie noch einmal von dort, wo du sie gesichert hast, oder sichere das Profil noch einmal.',
  }),
  'import.newer-version': () => ({
    title: 'Diese Datei stammt aus einem neueren Cairn.',
    text: 'Bring Cairn hier auf den neuesten Stand und versuch es dann noch einmal.',
  }),
  'import.wrong-passphrase': (details) => ({
    title: 'Diese Passphrase öffnet die Datei nicht.',
    text: `Es ist die, die beim Sichern gewählt wurde.${details['seconds'] === undefined ? '' : ` ${wait(details)}`}`,
  }),
  'import.too-large': () => ({ title: 'Diese Datei ist zu groß.', text: 'Daraus wurde nichts gemacht. Schau, ob es die richtige ist.' }),
  'import.exists': () => ({
    title: 'Hier gibt es schon ein Profil.',
    text: 'Füg erst ein Profil hinzu und hol die Datei dann dort herein.',
  }),
  'import.unknown': () => ({ title: 'Die Datei kam nicht ganz an.', text: 'Daraus wurde nichts gemacht. Wähl sie noch einmal aus.' }),

  'relay.unknown': () => ({ title: 'Dieses Relay steht nicht mehr in deiner Liste.', text: 'Nichts wurde geändert.' }),
  'relay.last': () => ({ title: 'Irgendwo musst du zu erreichen sein.', text: 'Füg erst ein anderes Relay hinzu oder zieh zu einem um.' }),
  'relay.no-network': () => ({
    title: 'Dieser Computer ist in keinem Netz.',
    text: 'Nichts wurde geändert. Verbinde ihn mit einem und versuch es dann noch einmal.',
  }),
  'relay.too-many': () => ({ title: 'Das ist ein Relay zu viel.', text: 'Vier zugleich sind das Meiste. Verlass erst eines.' }),
  'relay.address-invalid': () => ({
    title: 'Das ist keine Adresse eines Relays.',
    text: 'Sie sieht aus wie relay.example oder wss://relay.example:7443.',
  }),
  'relay.unreachable': (details) => ({
    title: `${relay(details)} antwortet nicht.`,
    text: 'Prüf die Adresse und deine Verbindung. Cairn versucht es weiter.',
  }),
  'relay.refused': (details) => ({
    title: `${relay(details)} hat abgelehnt.`,
    text: 'Vielleicht ist es ein anderer Server oder eine andere Fassung.',
  }),
  'relay.busy': (details) => ({ title: `${relay(details)} ist beschäftigt.`, text: 'Cairn versucht es gleich von selbst noch einmal.' }),
  'relay.port-in-use': () => ({
    title: 'Das Relay auf diesem Computer konnte nicht starten.',
    text: 'Ein anderes Programm benutzt seinen Port. Schließ es und versuch es dann noch einmal.',
  }),
  'relay.certificate-changed': (details) => ({
    title: `${relay(details)} zeigt nicht den Schlüssel, den die Adresse nennt.`,
    text: 'Verschickt wurde nichts. Vielleicht wurde es neu aufgesetzt, oder jemand steht dazwischen: Frag beim Betreiber nach der Adresse.',
  }),
  'relay.certificate-untrusted': (details) => ({
    title: `Für ${relay(details)} bürgt niemand.`,
    text: 'Verschickt wurde nichts. Ein Relay mit eigenem Zertifikat hat eine längere Adresse mit einem # darin: Frag beim Betreiber danach.',
  }),
  'lan.address-invalid': () => ({
    title: 'Das ist nicht die Adresse eines Computers.',
    text: 'Sie sieht aus wie 192.168.1.20 oder 192.168.1.20:6711.',
  }),
  'lan.port-in-use': () => ({
    title: 'Dort lauscht schon ein anderes Programm.',
    text: 'Beende es oder wähl einen anderen Port für direkte Verbindungen.',
  }),
  'lan.unreachable': () => ({
    title: 'Der andere Computer hat nicht geantwortet.',
    text: 'Ist er eingeschaltet, im selben Netz, und ist Cairn dort offen? Vielleicht hält ihn eine Firewall davon ab.',
  }),
  'lan.wrong-key': () => ({
    title: 'Der andere Computer hat andere Schlüssel.',
    text: 'Er hat geantwortet, aber es kam keine sichere Verbindung zustande. Vielleicht ist es ein anderes Programm, oder jemand ist dazwischen.',
  }),
  'lan.tampered': () => ({
    title: 'Unterwegs wurde etwas verändert.',
    text: 'Was ankam, wurde nicht angenommen, und nichts hat sich geändert.',
  }),
  'lan.replayed': () => ({
    title: 'Etwas kam ein zweites Mal an.',
    text: 'Es wurde nur einmal angenommen, und nichts hat sich geändert.',
  }),
  'lan.timeout': () => ({
    title: 'Der andere Computer ist verstummt.',
    text: 'Die direkte Verbindung zu ihm ist beendet. Nichts ist verloren: Was wartet, geht einen anderen Weg oder dann, wenn er wieder da ist.',
  }),
  'lan.closed': () => ({
    title: 'Die direkte Verbindung ist beendet.',
    text: 'Nichts ist verloren: Was wartet, geht einen anderen Weg oder dann, wenn es eine neue gibt.',
  }),
  'lan.stranger': () => ({
    title: 'Dort ist niemand, den du kennst.',
    text: 'Unter dieser Adresse läuft ein Cairn, aber es gehört jemandem, den du nicht kennst oder der dich nicht kennt. Keiner von euch hat erfahren, wer der andere ist.',
  }),
  'lan.off': () => ({
    title: 'Die direkte Verbindung ist aus.',
    text: 'Schalte sie zuerst ein: Dann erreichen dich andere in deinem Netzwerk, und du sie.',
  }),
  'proxy.address-invalid': () => ({
    title: 'Das ist keine Adresse eines Proxys.',
    text: 'Sie sieht aus wie 127.0.0.1:9050. Nichts wurde geändert.',
  }),
  'proxy.unreachable': () => ({
    title: 'Der Proxy antwortet nicht.',
    text: 'Ohne ihn geht nichts hinaus. Schau, ob er läuft und die Adresse stimmt; Cairn versucht es weiter.',
  }),
  'proxy.refused': () => ({
    title: 'Der Proxy hat abgelehnt.',
    text: 'Hinausgegangen ist nichts. Prüf Benutzername und Passwort und ob es ein SOCKS5-Proxy ist, der Cairn durchlässt.',
  }),

  'account.exists': () => ({ title: 'Du hast schon einen Code.', text: 'Lösch ihn zuerst, wenn du einen bei einem anderen Relay willst.' }),
  'account.none': () => ({
    title: 'Auf diesem Computer gibt es kein Konto.',
    text: 'Vielleicht wurde es in einem anderen Fenster gelöscht.',
  }),
  'account.no-service': () => ({
    title: 'Dieses Relay hat kein Verzeichnis und keine Konten.',
    text: 'Es überbringt nur Nachrichten. Frag beim Betreiber nach oder nimm ein anderes.',
  }),
  'account.needs-tls': () => ({
    title: 'Die Adresse dieses Relays ist nicht verschlüsselt.',
    text: 'Codes und Sicherungen brauchen eine Adresse, die mit wss:// beginnt. Verschickt wurde nichts.',
  }),
  'account.invitation': () => ({ title: 'Dieses Relay verlangt eine Einladung.', text: 'Bitte den Betreiber um eine. Jede gilt einmal.' }),
  'account.wrong-password': () => ({
    title: 'Der Code oder das Passwort ist falsch.',
    text: 'Prüf beides, und das Relay: Ein Code gehört zu einem einzigen.',
  }),
  'account.signed-out': () => ({
    title: 'Das Passwort wurde auf einem anderen Computer geändert.',
    text: 'Gib in den Einstellungen unter „Code & Sicherung“ das neue ein; dann sichert Cairn weiter.',
  }),
  'account.not-changed': () => ({
    title: 'Das Passwort wurde nicht geändert.',
    text: 'Ein anderer Computer hat es im selben Augenblick geändert, oder das Relay hat es vergessen. Das alte gilt noch; versuch es noch einmal.',
  }),
  'account.refused': () => ({
    title: 'Das Relay hat abgelehnt.',
    text: 'Verloren ist nichts. Versuch es später noch einmal oder frag beim Betreiber nach.',
  }),
  'challenge.other-host': () => ({
    title: 'Dieses Relay gibt weiter, was ein anderes gefragt hat.',
    text: 'Vielleicht steht jemand dazwischen. Geantwortet wurde nichts; prüf die Adresse des Relays, bevor du es noch einmal versuchst.',
  }),
  'backup.none': () => ({
    title: 'Dieses Konto hat keine Sicherung.',
    text: 'Das Passwort stimmt, aber gesichert wurde nie etwas. Fang neu an und lade deine Kontakte wieder ein.',
  }),
  'backup.outdated': () => ({
    title: 'Der Schlüsselserver hat eine alte Sicherung gegeben.',
    text: 'Dieser Computer kennt schon eine neuere. Zurückgeholt wurde daraus nichts.',
  }),
  'backup.too-large': () => ({
    title: 'Die Sicherung ist zu groß für einen Schlüsselserver.',
    text: 'Was vorher gesichert wurde, ist noch da. Lösch Kontakte, die du nicht mehr brauchst, und sichere dann noch einmal.',
  }),
  'code.invalid': () => ({
    title: 'Das ist kein Code.',
    text: 'Ein Code hat sieben Buchstaben und Ziffern, wie E011T7D. Lies ihn noch einmal, Zeichen für Zeichen.',
  }),
  'code.unknown': () => ({ title: 'Diesen Code hat niemand.', text: 'Prüf die Zeichen und das Relay: Ein Code gehört zu einem einzigen.' }),
  'code.own': () => ({ title: 'Das ist dein eigener Code.', text: 'Gib ihn jemandem, der dich erreichen will.' }),
  'code.asked': () => ({
    title: 'Du hast schon gefragt.',
    text: 'Die Anfrage wird sichtbar, sobald dort Cairn geöffnet wird. Mehr braucht es nicht.',
  }),
  'code.too-many': () => ({ title: 'Zu viele Anfragen zugleich.', text: 'Wart auf eine Antwort oder nimm erst eine zurück.' }),
  'code.elsewhere': () => ({
    title: 'Eine andere Kopie dieses Profils ist mit deinem Code verbunden.',
    text: 'Wer fragt, wird dort gezeigt. Schließ eine der beiden.',
  }),
  'code.no-ask': () => ({ title: 'Das wartet nicht mehr.', text: 'Vielleicht wurde es in einem anderen Fenster erledigt.' }),
  'file.unknown': () => ({
    title: 'Diese Datei ist nicht mehr hier.',
    text: 'Ihre Nachricht wurde gelöscht, oder die Datei wurde nie gesendet.',
  }),
  'file.too-large': () => ({ title: 'Diese Datei ist größer als 100 MiB.', text: 'Pack sie kleiner oder schick sie in Teilen.' }),
  'file.too-many': () => ({ title: 'So viele Dateien können nicht zugleich warten.', text: 'Schick erst einige ab oder nimm sie weg.' }),
  'file.incomplete': () => ({ title: 'Die Datei ist noch nicht zu Ende gelesen.', text: 'Warte einen Moment oder wähl sie noch einmal.' }),
  'file.not-here': () => ({ title: 'Die Datei ist nicht auf diesem Computer.', text: 'Lade sie erst herunter und leite sie dann weiter.' }),
  'file.gone': () => ({
    title: 'Die Datei ist nicht mehr beim Relay.',
    text: 'Relays behalten Dateien 30 Tage. Sie muss noch einmal gesendet werden.',
  }),
  'file.damaged': () => ({
    title: 'Die Datei ist beschädigt.',
    text: 'Was angekommen ist oder auf diesem Computer liegt, ist nicht das, was gesendet wurde. Sie muss noch einmal gesendet werden.',
  }),
  'microphone.none': () => ({ title: 'Kein Mikrofon gefunden.', text: 'Schließ eins an und versuch es noch einmal.' }),
  'microphone.denied': () => ({
    title: 'Cairn darf das Mikrofon nicht benutzen.',
    text: 'Erlaub es in den Einstellungen dieses Fensters und des Systems.',
  }),
  'microphone.busy': () => ({
    title: 'Das Mikrofon startet nicht.',
    text: 'Vielleicht benutzt es ein anderes Programm. Schließ es und versuch es noch einmal.',
  }),

  internal: (details) =>
    details['reason'] === 'host-gone'
      ? { title: 'Cairn läuft nicht.', text: 'Starte es wieder; dieses Fenster macht von selbst weiter.' }
      : inside,
}
