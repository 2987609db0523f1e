# ruff: noqa: E501 - mails of other programs have the lines that they have.
"""A reply is told from what it quotes, after the formats of many mail programs in many languages."""

from __future__ import annotations

import pytest

from portal.domain.incoming import reading
from tests.incoming import LINE, OLD, both, html, marked, raw

WORDS = "It works again.\n\nThank you!"
BY = "Support <support+abc@portal.example>"

# What each program puts above what it quotes, with marks in front of that.
ATTRIBUTIONS = {
    "gmail": f"On Mon, Sep 16, 2024 at 2:55 PM {BY}\nwrote:",
    "gmail, old": f"2024-09-16 14:55 GMT+02:00 {BY}:",
    "gmail, German": f"Am Mo., 16. Sept. 2024 um 14:55 Uhr schrieb {BY}:",
    "gmail, French": f"Le lun. 16 sept. 2024 à 14:55, {BY} a écrit :",
    "gmail, Spanish": f"El lun, 16 sept 2024 a las 14:55, {BY} escribió:",
    "gmail, Italian": f"Il giorno lun 16 set 2024 alle ore 14:55 {BY} ha scritto:",
    "gmail, Dutch": f"Op ma 16 sep 2024 om 14:55 schreef {BY}:",
    "gmail, Portuguese": f"Em seg., 16 de set. de 2024 às 14:55, {BY}\nescreveu:",
    "gmail, Polish": f"pon., 16 wrz 2024 o 14:55 {BY} napisał(a):",
    "gmail, Czech": f"po 16. 9. 2024 v 14:55 odesílatel {BY}\nnapsal:",
    "gmail, Russian": f"пн, 16 сент. 2024 г. в 14:55, {BY}:",
    "gmail, Japanese": f"2024年9月16日(月) 14:55 {BY}:",
    "gmail, Chinese": f"{BY} 于2024年9月16日周一 14:55写道：",
    "gmail, Arabic": "\u202bفي الاثنين، 16 سبتمبر 2024 في 2:55 م تمت كتابة ما يلي بواسطة \u202aSupport\u202c\u200f <\u202asupport@portal.example\u202c\u200f>:\u202c",
    "gmail, Swedish": f"Den mån 16 sep. 2024 kl 14:55 skrev {BY}:",
    "gmail, Turkish": f"{BY}, 16 Eyl 2024 Pzt, 14:55 tarihinde şunu yazdı:",
    "gmail, Korean": f"2024년 9월 16일 (월) 오후 2:55, {BY}님이 작성:",
    "apple, macOS": f"On 16 Sep 2024, at 14:55, {BY} wrote:\n",
    "apple, German": f"Am 16.09.2024 um 14:55 schrieb {BY}:\n",
    "apple, French": f"Le 16 sept. 2024 à 14:55, {BY} a écrit :\n",
    "thunderbird": "On 16/09/2024 14:55, Support wrote:",
    "thunderbird, German": "Am 16.09.24 um 14:55 schrieb Support:",
    "thunderbird, Spanish": "El 16/9/24 a las 14:55, Support escribió:",
    "thunderbird, Polish": "W dniu 16.09.2024 o 14:55, Support pisze:",
    "thunderbird, Russian": "16.09.2024 14:55, Support пишет:",
    "thunderbird, Chinese": "在 2024/9/16 14:55, Support 写道:",
    "proton": f"On Monday, September 16th, 2024 at 2:55 PM, {BY} wrote:\n",
    "proton, old": f"‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, September 16th, 2024 at 2:55 PM, {BY} wrote:\n",
    "fastmail": "On Mon, Sep 16, 2024, at 2:55 PM, Support wrote:",
    "mutt": "On Mon, Sep 16, 2024 at 02:55:00PM +0000, Support wrote:",
    "k-9": "Am 16. September 2024 14:55:00 MESZ schrieb Support <support@portal.example>:",
    "hebrew": "\u202b\u05d1\u05ea\u05d0\u05e8\u05d9\u05da \u05d9\u05d5\u05dd \u05d1\u05f3, 16 \u05d1\u05e1\u05e4\u05d8\u05f3 2024 \u05d1-14:55 \u05de\u05d0\u05ea \u202aSupport\u202c\u200f <\u202as@portal.example\u202c\u200f>:\u202c",
    "ukr": "пн, 16 вер. 2024 р. о 14:55 Support <s@portal.example> пише:",
    "greek": "Στις Δευ 16 Σεπ 2024 στις 2:55 μ.μ., ο χρήστης Support <s@portal.example>\nέγραψε:",
    "fin": "ma 16. syysk. 2024 klo 14.55 Support (s@portal.example) kirjoitti:",
    "hun": "Support <s@portal.example> ezt írta (időpont: 2024. szept. 16., H, 14:55):",
    "dan": "Den man. 16. sep. 2024 kl. 14.55 skrev Support <s@portal.example>:",
    "gmail, Vietnamese": "Vào Th 2, 16 thg 9, 2024 vào lúc 14:55 Support <s@portal.example> đã viết:",
    "gmail, Indonesian": "Pada Sen, 16 Sep 2024 pukul 14.55 Support <s@portal.example> menulis:",
    "rom": "În lun., 16 sept. 2024 la 14:55, Support <s@portal.example> a scris:",
    "hindi": "सोम, 16 सित॰ 2024 को 2:55 pm बजे को Support <s@portal.example> ने लिखा:",
    "mailru": "Понедельник, 16 сентября 2024, 14:55 +03:00 от Support <s@portal.example>:",
    "yandex": '16.09.2024, 14:55, "Support" <s@portal.example>:',
    "spark": "On 16 Sep 2024 at 14:55 +0200, Support <s@portal.example>, wrote:",
    "superhuman": "On Mon, Sep 16, 2024 at 2:55 PM, Support < s@portal.example > wrote:",
    "airmail": "On 16 September 2024 at 14:55:00, Support (s@portal.example) wrote:",
    "roundcube": "On 2024-09-16 14:55, Support wrote:",
    "roundcube de": "Am 2024-09-16 14:55, schrieb Support:",
    "horde": "Zitat von Support <s@portal.example>:",
    "imp": "Quoting Support <s@portal.example>:",
    "kmail": "Am Montag, 16. September 2024, 14:55:00 CEST schrieb Support:",
    "evo": "On Mon, 2024-09-16 at 14:55 +0000, Support wrote:",
    "wp": "Dnia 16 września 2024 14:55 Support <s@portal.example> napisał(a):",
    "onet": "W dniu 2024-09-16 14:55:00 użytkownik Support <s@portal.example> napisał:",
    "163": 'At 2024-09-16 14:55:00, "Support" <s@portal.example> wrote:',
    "163 zh": '在 2024-09-16 14:55:00，"Support" <s@portal.example> 写道：',
    "au": "2024年9月16日 14:55、Support <s@portal.example>のメール:",
    "spark2": "On Sep 16, 2024, 2:55 PM +0200, Support <s@portal.example>, wrote:",
    "gmail wrapped": "On Mon, Sep 16, 2024 at 2:55 PM Support\n<s@portal.example>\nwrote:",
    "dated only": "Am 16.09.2024 um 14:55 Uhr schrieb Support via Portal:",
    "slovak": "po 16. 9. 2024 o 14:55 Support <s@portal.example> napísal(a):",
    "bulg": "На пн, 16.09.2024 г. в 14:55 Support <s@portal.example> написа:",
    "croat": "pon, 16. ruj 2024. u 14:55 Support <s@portal.example> napisao\nje:",
    "thai": "ในวันที่ จ. 16 ก.ย. 2024 เวลา 14:55 Support <s@portal.example> เขียนว่า:",
    "persian": "در تاریخ دوشنبه ۱۶ سپتامبر ۲۰۲۴،\u200f ۱۴:۵۵ Support <s@portal.example> نوشت:",
    "catalan": "Missatge de Support <s@portal.example> del dia dl., 16 de set. 2024 a les 14:55:",
}

# Heads above quotations that have no marks.
HEADS = {
    "outlook": "From: Support <support@portal.example>\nSent: Monday, September 16, 2024 2:55 PM\n"
    "To: Ann Lee <ann@acme.example>\nSubject: [#1042] Cluster\n",
    "outlook, rule": "________________________________\nFrom: Support <support@portal.example>\n"
    "Sent: Monday, September 16, 2024 2:55 PM\nTo: Ann Lee\nSubject: [#1042] Cluster\n",
    "outlook, old": "-----Original Message-----\nFrom: Support [mailto:support@portal.example]\nSent: Monday\nTo: Ann\n"
    "Subject: [#1042] Cluster\n",
    "outlook, German": "Von: Support <support@portal.example>\nGesendet: Montag, 16. September 2024 14:55\nAn: Ann Lee\n"
    "Betreff: [#1042] Cluster\n",
    "outlook, old German": "-----Ursprüngliche Nachricht-----\nVon: Support\nGesendet: Montag\nAn: Ann\nBetreff: Cluster\n",
    "outlook, French": "De : Support <support@portal.example>\nEnvoyé : lundi 16 septembre 2024 14:55\nÀ : Ann Lee\n"
    "Objet : [#1042] Cluster\n",
    "outlook, Spanish": "De: Support\nEnviado el: lunes, 16 de septiembre de 2024 14:55\nPara: Ann\nAsunto: Cluster\n",
    "outlook, Italian": "Da: Support\nInviato: lunedì 16 settembre 2024 14:55\nA: Ann\nOggetto: Cluster\n",
    "outlook, Dutch": "Van: Support\nVerzonden: maandag 16 september 2024 14:55\nAan: Ann\nOnderwerp: Cluster\n",
    "outlook, Portuguese": "De: Support\nEnviado: segunda-feira, 16 de setembro de 2024\nPara: Ann\nAssunto: Cluster\n",
    "outlook, Polish": "Od: Support\nWysłano: poniedziałek, 16 września 2024 14:55\nDo: Ann\nTemat: Cluster\n",
    "outlook, Czech": "Od: Support\nOdesláno: pondělí 16. září 2024 14:55\nKomu: Ann\nPředmět: Cluster\n",
    "outlook, Russian": "От: Support\nОтправлено: понедельник, 16 сентября 2024 г. 14:55\nКому: Ann\nТема: Cluster\n",
    "outlook, Chinese": "发件人: Support\n发送时间: 2024年9月16日 14:55\n收件人: Ann\n主题: Cluster\n",
    "outlook, Japanese": "差出人: Support\n送信日時: 2024年9月16日 14:55\n宛先: Ann\n件名: Cluster\n",
    "outlook, Arabic": "من: Support\nتم الإرسال: 16 سبتمبر 2024\nإلى: Ann\nالموضوع: Cluster\n",
    "outlook, bold": "*From:* Support <support@portal.example>\n*Sent:* Monday\n*To:* Ann\n*Subject:* Cluster\n",
    "gmx": "Gesendet: Montag, 16. September 2024 um 14:55 Uhr\nVon: Support <support@portal.example>\nAn: Ann\n"
    "Betreff: [#1042] Cluster\n",
    "yahoo": f"     On Monday, September 16, 2024 at 02:55:00 PM UTC, {BY} wrote:  \n ",
    "yahoo, German": f"    Am Montag, 16. September 2024 um 14:55:00 MESZ hat {BY} Folgendes geschrieben:\n",
    "qq": "------------------ 原始邮件 ------------------\n发件人: Support\n发送时间: 2024年9月16日\n收件人: Ann\n主题: Cluster\n",
    "lotus": f"-----Support <support@portal.example> wrote: -----\n{LINE}\n",
    "samsung": "-------- Original message --------\nFrom: Support <s@x.de>\nDate: 16/09/2024 14:55 (GMT+00:00)\nTo: Ann\nSubject: Cluster\n",
    "samsung de": "Von meinem Samsung Galaxy Smartphone gesendet.\n\n-------- Ursprüngliche Nachricht --------\nVon: Support\nDatum: 16.09.24 14:55 (GMT+01:00)\nAn: Ann\nBetreff: Cluster\n",
    "yahoo iphone": "Sent from Yahoo Mail for iPhone\n\n\nOn Monday, September 16, 2024, 2:55 PM, Support <s@portal.example> wrote:\n",
    "t-online": "-----Original-Nachricht-----\nBetreff: Cluster\nDatum: 2024-09-16\nVon: Support\nAn: Ann\n",
    "seznam": "---------- Původní e-mail ----------\nOd: Support\nKomu: Ann\nDatum: 16. 9. 2024\nPředmět: Cluster\n",
    "zimbra": '----- Original Message -----\nFrom: "Support" <s@x>\nTo: "Ann" <a@b>\nSent: Monday\nSubject: Cluster\n',
    "zimbra fr": 'De: "Support" <s@x>\nÀ: "Ann" <a@b>\nEnvoyé: Lundi 16 Septembre 2024 14:55:00\nObjet: Cluster\n',
    "outlook ios": "Get Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Support <s@x>\nSent: Monday, September 16, 2024 2:55:00 PM\nTo: Ann\nSubject: Cluster\n",
    "outlook android de": "Outlook für Android<https://aka.ms/AAb9ysg> herunterladen\n________________________________\nVon: Support\nGesendet: Montag\nAn: Ann\nBetreff: Cluster\n",
    "outlook kor": "보낸 사람: Support\n보낸 날짜: 2024년 9월 16일\n받는 사람: Ann\n제목: Cluster\n",
    "outlook swe": "Från: Support\nSkickat: den 16 september 2024 14:55\nTill: Ann\nÄmne: Cluster\n",
    "outlook nor": "Fra: Support\nSendt: mandag\nTil: Ann\nEmne: Cluster\n",
    "outlook fin": "Lähettäjä: Support\nLähetetty: maanantai\nVastaanottaja: Ann\nAihe: Cluster\n",
    "outlook hun": "Feladó: Support\nElküldve: hétfő\nCímzett: Ann\nTárgy: Cluster\n",
    "outlook tur": "Gönderen: Support\nGönderildi: Pazartesi\nKime: Ann\nKonu: Cluster\n",
    "outlook ro": "De la: Support\nTrimis: luni\nCătre: Ann\nSubiect: Cluster\n",
    "outlook heb": "מאת: Support\nנשלח: יום שני\nאל: Ann\nנושא: Cluster\n",
    "outlook tw": "寄件者: Support\n寄件日期: 2024年9月16日\n收件者: Ann\n主旨: Cluster\n",
    "outlook ua": "Від: Support\nНадіслано: понеділок\nКому: Ann\nТема: Cluster\n",
    "outlook el": "Από: Support\nΣτάλθηκε: Δευτέρα\nΠρος: Ann\nΘέμα: Cluster\n",
}

SIGNED = {
    "iPhone": "Sent from my iPhone",
    "iPhone, German": "Von meinem iPhone gesendet",
    "iPhone, French": "Envoyé de mon iPhone",
    "iPhone, Spanish": "Enviado desde mi iPhone",
    "iPhone, Italian": "Inviato da iPhone",
    "iPhone, Dutch": "Verstuurd vanaf mijn iPhone",
    "iPhone, Portuguese": "Enviado do meu iPhone",
    "iPhone, Polish": "Wysłane z iPhone'a",
    "iPhone, Czech": "Odesláno z iPhonu",
    "iPhone, Russian": "Отправлено с iPhone",
    "iPhone, Japanese": "iPhoneから送信",
    "iPhone, Chinese": "发自我的iPhone",
    "Outlook": "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Samsung": "Sent from my Galaxy",
    "Yahoo": "Sent from Yahoo Mail on Android",
    "Proton": "Sent with Proton Mail secure email.",
    "WEB.DE": "Diese Nachricht wurde von meinem Android Mobiltelefon mit WEB.DE Mail gesendet.",
}


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_what_is_quoted_below_a_reply_is_folded(program: str):
    letter = reading.read(raw(f"{WORDS}\n\n{ATTRIBUTIONS[program]}\n{marked()}\n"))
    assert letter.reply == WORDS
    assert "Does it work now?" in letter.quoted
    assert letter.quoted.split("\n")[0] not in letter.reply


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_mail_of_before_is_told_also_where_our_line_is_gone(program: str):
    letter = reading.read(raw(f"{WORDS}\n\n{ATTRIBUTIONS[program]}\n{marked('Does it work now?')}\n"))
    assert (letter.reply, "Does it work now?" in letter.quoted) == (WORDS, True)


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_a_reply_below_what_it_quotes_is_found(program: str):
    letter = reading.read(raw(f"{ATTRIBUTIONS[program]}\n{marked()}\n\n{WORDS}\n"))
    assert (letter.reply, "Does it work now?" in letter.quoted) == (WORDS, True)


@pytest.mark.parametrize("program", HEADS)
def test_what_follows_a_head_is_folded(program: str):
    letter = reading.read(raw(f"{WORDS}\n\n{HEADS[program]}\nDoes it work now?\n"))
    assert letter.reply == WORDS
    assert "Does it work now?" in letter.quoted


@pytest.mark.parametrize("program", SIGNED)
def test_what_a_telephone_adds_is_folded(program: str):
    letter = reading.read(raw(f"{WORDS}\n\n{SIGNED[program]}\n\nOn 16/09/2024 14:55, Support wrote:\n{marked()}\n"))
    assert letter.reply == WORDS
    assert SIGNED[program] in letter.quoted


def test_our_line_is_enough():
    assert reading.read(raw(f"{WORDS}\n\n{OLD}")).reply == WORDS


def test_answers_between_quoted_lines_stay_with_their_questions():
    between = "> Which version?\n\n16.4\n\n> Since when?\n\nMonday"
    letter = reading.read(raw(f"On 16/09/2024 14:55, Support wrote:\n> {LINE}\n>\n> Hello\n\n{between}\n"))
    assert letter.reply == between
    assert "> Hello" in letter.quoted


def test_an_attribution_that_stands_in_the_quotation_is_one():
    letter = reading.read(raw(f"{WORDS}\n\n> On 16 Sep 2024, at 14:55, {BY} wrote:\n>\n> Does it work now?\n"))
    assert (letter.reply, "Does it work now?" in letter.quoted) == (WORDS, True)


def test_a_message_shown_behind_marks_is_no_quotation():
    text = "It says:\n\n> FATAL: too many connections\n> HINT: wait"
    assert reading.read(raw(text)).reply == text


def test_a_signature_is_folded():
    letter = reading.read(raw(f"{WORDS}\n\n-- \nAnn Lee\nAcme GmbH\n"))
    assert (letter.reply, letter.quoted) == (WORDS, "--\nAnn Lee\nAcme GmbH")


def test_a_mail_that_is_a_forwarded_one_alone_is_shown_whole():
    text = "---------- Forwarded message ---------\nFrom: Bob <bob@acme.example>\nDate: Mon\nSubject: Down\nTo: Ann\n\nIt is."
    assert reading.read(raw(text)).reply == text


def test_nothing_written_above_our_line_is_an_empty_reply():
    letter = reading.read(raw(f"On 16/09/2024 14:55, Support wrote:\n{marked()}\n"))
    assert letter.reply == ""
    assert "Does it work now?" in letter.quoted


def test_a_mail_that_quotes_somebody_else_alone_is_shown_whole():
    text = f"{ATTRIBUTIONS['gmail']}\n> Does it work now?"
    assert reading.read(raw(text)).reply == text


def test_no_line_of_a_mail_is_lost():
    body = f"{WORDS}\n\nSent from my iPhone\n\n{ATTRIBUTIONS['gmail']}\n{marked()}"
    letter = reading.read(raw(body))
    kept = f"{letter.reply}\n{letter.quoted}"
    assert [line for line in body.split("\n") if line.strip() and line not in kept] == []


QUOTED_IN_HTML = {
    "gmail": '<div dir="ltr">It works.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Sep 16, '
    '2024 at 2:55 PM Support &lt;<a href="mailto:s@portal.example">s@portal.example</a>&gt; wrote:<br></div>'
    '<blockquote class="gmail_quote" style="margin:0">OLD</blockquote></div>',
    "outlook": '<div class="WordSection1"><p class="MsoNormal">It works.<o:p></o:p></p><div style="border:none;border-top:'
    'solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b> Support &lt;s@portal.example&gt;<br><b>Sent:</b> Monday, '
    "September 16, 2024 2:55 PM<br><b>To:</b> Ann<br><b>Subject:</b> [#1042] Cluster</p></div><p>OLD</p></div>",
    "outlook on the web": '<div>It works.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
    '<div id="divRplyFwdMsg" dir="ltr"><font><b>From:</b> Support<br><b>Sent:</b> Monday<br><b>To:</b> Ann<br>'
    "<b>Subject:</b> Cluster</font></div><div>OLD</div>",
    "apple": '<div>It works.</div><div><br><blockquote type="cite"><div>On 16 Sep 2024, at 14:55, Support '
    "&lt;s@portal.example&gt; wrote:</div><br><div>OLD</div></blockquote></div>",
    "thunderbird": '<p>It works.</p><div class="moz-cite-prefix">On 16/09/2024 14:55, Support wrote:<br></div>'
    '<blockquote type="cite" cite="mid:1@x"><p>OLD</p></blockquote>',
    "yahoo": '<div class="ydp">It works.</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>On Monday, September 16, '
    "2024 at 02:55:00 PM UTC, Support &lt;s@portal.example&gt; wrote:</div><div>OLD</div></div>",
    "gmx": '<div>It works.</div><div name="quote" style="margin:10px"><div>Gesendet: Montag, 16. September 2024 um 14:55 '
    "Uhr<br>Von: Support &lt;s@portal.example&gt;<br>An: Ann<br>Betreff: Cluster</div><div>OLD</div></div>",
    "proton": '<div>It works.</div><div class="protonmail_quote">On Monday, September 16th, 2024 at 2:55 PM, Support '
    '&lt;s@portal.example&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">OLD</blockquote></div>',
}


@pytest.mark.parametrize("program", QUOTED_IN_HTML)
def test_a_reply_in_html_alone_is_told_from_what_it_quotes(program: str):
    old = f"{LINE}<br><br>Does it work now?"
    for text in (old, "Does it work now?"):
        letter = reading.read(html(QUOTED_IN_HTML[program].replace("OLD", text)))
        assert letter.reply == "It works."
        assert "Does it work now?" in letter.quoted


def test_of_two_forms_the_plain_one_is_read():
    assert reading.read(both("Plain words", "<p>Other words</p>")).reply == "Plain words"


def test_of_two_forms_the_one_that_says_something_is_read():
    assert reading.read(both(" \n", "<p>Other words</p>")).reply == "Other words"
