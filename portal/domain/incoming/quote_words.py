"""How mail programs of many languages introduce what they quote, and sign what was written on a telephone."""

from __future__ import annotations

import re
from enum import Enum, auto

REPLY_LINE = "Write your reply above this line"
"""Stands at the top of each mail about a case; what is below it in an answer was quoted."""


class Label(Enum):
    """What a line says in the block of lines that Outlook and others put above what they quote."""

    FROM = auto()
    DATE = auto()
    TO = auto()
    CC = auto()
    SUBJECT = auto()


# English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Czech and Slovak, the Nordic languages,
# Hungarian, Romanian, Turkish, Greek, Russian, Ukrainian, both kinds of Chinese, Japanese, Korean, Arabic, Hebrew.
_LABELS = {
    Label.FROM: "From|Von|De|De la|Da|Van|Od|Från|Fra|Lähettäjä|Feladó|Kimden|Gönderen|Από|От|Від|发件人|寄件者|寄件人|"
    "差出人|送信者|보낸 사람|보낸사람|من|מאת|Odesílatel|Odosielateľ|Expediteur|Expéditeur|Mittente|Remitente|Afzender",
    Label.DATE: "Sent|Date|Gesendet|Datum|Envoyé|Envoyé le|Enviado|Enviado el|Enviado em|Enviada em|Fecha|Inviato|Data|"
    "Verzonden|Wysłano|Wysłane|Odesláno|Odoslané|Dátum|Skickat|Sendt|Dato|Lähetetty|Päivämäärä|Elküldve|Trimis|Tarih|"
    "Gönderildi|Ημερομηνία|Στάλθηκε|Отправлено|Дата|Надіслано|发送时间|日期|发送日期|寄件日期|"
    "送信日時|日時|日付|보낸 날짜|"
    "날짜|التاريخ|تاريخ|تم الإرسال|أرسلت|נשלח|תאריך",
    Label.TO: "To|An|À|A|Para|Aan|Do|Komu|Pro|Till|Til|Vastaanottaja|Címzett|Către|Catre|Kime|Alıcı|Προς|Кому|收件人|"
    "宛先|받는 사람|받는사람|إلى|אל",
    Label.CC: "Cc|CC|Copie|Copia|Kopie|DW|Kopia|Kopi|Kopio|Másolatot kap|Bilgi|Κοιν\\.|Копия|Копія|抄送|副本|참조|"
    "نسخة|עותק",
    Label.SUBJECT: "Subject|Betreff|Objet|Asunto|Oggetto|Assunto|Onderwerp|Temat|Předmět|Predmet|Ämne|Emne|Aihe|Tárgy|"
    "Subiect|Konu|Θέμα|Тема|主题|主旨|件名|제목|الموضوع|נושא",
}  # fmt: skip
LABELS = {
    label: re.compile(rf"[*_ ]{{0,4}}(?:{words})[*_ ]{{0,4}}\s?[:：]", re.IGNORECASE)
    for label, words in _LABELS.items()
}

# Words for "wrote" around a date or an address.
WROTE = re.compile(
    r"\b(?:wrote|writes|schrieb|geschrieben|a écrit|écrit|a ecrit|escribió|"
    r"escribio|ha scritto|scrisse|escreveu|schreef|"
    r"geschreven|napisał|napisała|napisał\(a\)|pisze|napsal|napsala|napsal\(a\)|napísal|napísal\(a\)|skrev|skreiv|"
    r"kirjoitti|írta|ezt írta|a scris|scris|yazdı|şunu yazdı|έγραψε|писал|писала|писал\(а\)|написал|написала|"
    r"написал\(а\)|пишет|написав|написав\(ла\)|пише|odesílatel|odosielateľ|Quoting|Zitat von|Citando|Citat fra)\b"
    r"|写道|寫道|写到|のメール|書きました|書いた|からのメッセージ|작성|님이 작성|كتب|كتبت|كتابة|כתב|כתבה|מאת",
    re.IGNORECASE,
)

# What stands between dashes above an original.
ORIGINAL = re.compile(
    r"^[\s>]{0,6}[-–—_=*‐]{2,}\s{0,3}(?:Original[- ]?(?:Message|Mail|Nachricht|"
    r"meddelande)?|Ursprüngliche (?:Nachricht|Mail)|"
    r"Originalnachricht|Message d['’]origine|Message original|Courriel original|Mensaje original|Messaggio originale|"
    r"Mensagem [Oo]riginal|Oorspronkelijk bericht|Originele? bericht|Wiadomość oryginalna|Oryginalna wiadomość|"
    r"Původní (?:zpráva|e-mail)|Pôvodná správa|Ursprungligt meddelande|Oprindelig meddelelse|Opprinnelig melding|"
    r"Alkuperäinen viesti|Eredeti üzenet|Mesaj original|Orijinal [İi]leti|Orijinal Mesaj|Исходное сообщение|"
    r"Пересылаемое сообщение|Оригінальне повідомлення|原始邮件|原始郵件|原邮件|邮件原件|"
    r"元のメッセージ|Original Message|"
    r"원본 메(?:시|세)지|الرسالة الأصلية|رسالة أصلية|הודעה מקורית|In reply to|Reply message|Réponse à)[^-–—_=*‐]{0,80}"
    r"[-–—_=*‐]{2,}\s*$",
    re.IGNORECASE,
)

# Written by a telephone or a program, as the last line.
_PROGRAMS = (
    r"(?:my )?(?:iPhon[eu]\w*|iPad\w*|Android|Galaxy|Samsung|Huawei|Xiaomi|BlackBerry|Windows|Outlook|Gmail|Yahoo|"
    r"Proton|GMX|"
    r"WEB\.DE|Mail|mobile|phone|Handy|Mobiltelefon|smartphone|teléfono|telefono|cellulare|telefoon|telemóvel|celular)"
)
SENT_FROM = re.compile(
    rf"^(?:(?:Sent|Get|Written) (?:from|with|via|by|"
    rf"using)? ?(?:the )?.{{0,60}}{_PROGRAMS}.{{0,80}}|"
    rf"Get Outlook for .{{0,40}}|Outlook (?:für|pour|para|per|voor|dla|pro|for) .{{0,80}}|"
    rf"(?:Diese Nachricht wurde |Gesendet |Von ).{{0,60}}{_PROGRAMS}.{{0,80}}|"
    rf"(?:Télécharger|Envoyé (?:de|depuis|à partir d)).{{0,60}}{_PROGRAMS}.{{0,60}}|"
    rf"(?:Enviado|Obtener|Obter|Descargar) (?:desde|de|do|da|para|a partir d[eo])?.{{0,60}}{_PROGRAMS}.{{0,60}}|"
    rf"(?:Inviato|Scarica|Ottieni) (?:da|dal|con|per)?.{{0,60}}{_PROGRAMS}.{{0,60}}|"
    rf"(?:Verstuurd|Verzonden|Outlook voor) (?:vanaf|vanuit|met|van)?.{{0,60}}(?:{_PROGRAMS}|iOS|Android).{{0,60}}|"
    rf"(?:Wysłane|Wysłano|Pobierz) (?:z|za pomocą)?.{{0,60}}{_PROGRAMS}.{{0,60}}|"
    rf"(?:Odesláno|Odoslané|Získat|Stáhnout) (?:z|ze|pomocí)?.{{0,60}}{_PROGRAMS}.{{0,60}}|"
    rf"(?:Skickat|Sendt|Lähetetty|Elküldve|Trimis|Отправлено|Надіслано) .{{0,60}}(?:{_PROGRAMS}|Почт|Mail).{{0,60}}|"
    r"(?:发自|發自|从|從)我?的?.{0,30}(?:iPhone|iPad|手机|手機|Android|Outlook|邮箱|华为|小米).{0,20}|"
    r".{0,20}(?:iPhone|iPad|Android|スマートフォン|Outlook|Galaxy).{0,20}から送信.{0,5}|나의 .{0,30}에서 보냄|"
    r"(?:أرسلت|أُرسلت|تم الإرسال|مُرسل|مرسل) من .{0,60})$",
    re.IGNORECASE,
)

FORWARDED = re.compile(
    r"^[\s>]{0,6}(?:[-–—_=]{2,}\s{0,3}(?:Forwarded message|"
    r"Weitergeleitete Nachricht|Message transféré|Mensaje reenviado|"
    r"Messaggio inoltrato|Mensagem encaminhada|Doorgestuurd bericht|Przekazana wiadomość|Přeposlaná zpráva|"
    r"Пересылаемое сообщение|转发的消息|转发邮件|転送メッセージ|الرسالة المعاد توجيهها).{0,80}|"
    r"(?:Begin forwarded message|Anfang der weitergeleiteten Nachricht|Début du message transféré|"
    r"Inicio del mensaje reenviado|Inizio messaggio inoltrato|"
    r"Início da mensagem encaminhada|Begin doorgestuurd bericht)"
    r"\s?[:：].{0,5})$",
    re.IGNORECASE,
)
