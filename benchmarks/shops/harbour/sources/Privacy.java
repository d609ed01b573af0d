import java.awt.Color;
import java.io.FileOutputStream;
import com.lowagie.text.Chunk;
import com.lowagie.text.Document;
import com.lowagie.text.Element;
import com.lowagie.text.Font;
import com.lowagie.text.HeaderFooter;
import com.lowagie.text.List;
import com.lowagie.text.ListItem;
import com.lowagie.text.PageSize;
import com.lowagie.text.Paragraph;
import com.lowagie.text.Phrase;
import com.lowagie.text.pdf.PdfPTable;
import com.lowagie.text.pdf.PdfWriter;

/** Writes privacy-and-payment.pdf with OpenPDF. */
public class Privacy {
    static final Font TEXT = new Font(Font.TIMES_ROMAN, 11);
    static final Font HEAD = new Font(Font.HELVETICA, 13, Font.BOLD);
    static final Font SMALL = new Font(Font.TIMES_ROMAN, 9.5f);
    static Document document;

    static void head(String text) throws Exception {
        Paragraph paragraph = new Paragraph(text, HEAD);
        paragraph.setSpacingBefore(12);
        paragraph.setSpacingAfter(4);
        document.add(paragraph);
    }

    static void say(String text) throws Exception {
        Paragraph paragraph = new Paragraph(15, text, TEXT);
        paragraph.setAlignment(Element.ALIGN_JUSTIFIED);
        paragraph.setSpacingAfter(5);
        document.add(paragraph);
    }

    static void points(String... texts) throws Exception {
        List list = new List(false, 14);
        list.setListSymbol(new Chunk("\u2022", TEXT));
        for (String text : texts) {
            list.add(new ListItem(15, text, TEXT));
        }
        document.add(list);
    }

    static void table(float[] widths, String[]... rows) throws Exception {
        PdfPTable table = new PdfPTable(widths);
        table.setWidthPercentage(100);
        table.setSpacingBefore(6);
        table.setSpacingAfter(8);
        table.setHeaderRows(1);
        boolean first = true;
        for (String[] row : rows) {
            for (String text : row) {
                table.getDefaultCell().setBackgroundColor(first ? new Color(226, 232, 240) : Color.WHITE);
                table.getDefaultCell().setPadding(4);
                table.addCell(new Phrase(text, SMALL));
            }
            first = false;
        }
        document.add(table);
    }

    public static void main(String[] args) throws Exception {
        document = new Document(PageSize.A4, 64, 64, 60, 60);
        PdfWriter.getInstance(document, new FileOutputStream(args[0]));
        document.addTitle("Paying, and what we know about you");
        document.addAuthor("Harbour Outdoor & Home");
        HeaderFooter header = new HeaderFooter(
            new Phrase("Harbour Outdoor & Home: payment and privacy notice", SMALL), false);
        header.setBorder(HeaderFooter.BOTTOM);
        document.setHeader(header);
        HeaderFooter footer = new HeaderFooter(new Phrase("Edition 5, May 2026 \u2013 ", SMALL), true);
        footer.setBorder(HeaderFooter.NO_BORDER);
        footer.setAlignment(Element.ALIGN_RIGHT);
        document.setFooter(footer);
        document.open();
        document.add(new Paragraph("Paying, and what we know about you", new Font(Font.HELVETICA, 20, Font.BOLD)));

        head("Part A. Paying");
        table(new float[] {28, 16, 16, 40},
            new String[] {"Means", "In the shop", "Website", "Conditions"},
            new String[] {"Debit cards, Visa, Mastercard", "yes", "yes", "Contactless up to \u00a3100, with a telephone without limit."},
            new String[] {"American Express", "no", "yes", "The fee of our shop terminals would be too high."},
            new String[] {"Cash, pounds", "yes", "no", "Not more than \u00a32,000 for one purchase. Scottish and Northern Irish notes are welcome."},
            new String[] {"Cash, euros", "yes", "no", "Notes only, at the rate shown at the till; change is given in pounds."},
            new String[] {"PayPal", "no", "yes", ""},
            new String[] {"Bank transfer", "no", "yes", "Goods are reserved for five days and leave when the money is here."},
            new String[] {"Instalments (TidePay)", "yes", "yes", "Three equal parts over 60 days, without interest, for purchases of \u00a390 to \u00a31,200. The lender checks your credit."},
            new String[] {"Cheques", "no", "no", "Since 2019."},
            new String[] {"Invoice", "on application", "on application", "Schools, clubs and trade customers; 30 days net."});
        say("Your card is charged when the goods leave the shop, not when you order. For pre-orders we take nothing until we know the date. If a payment fails we hold the goods for 48 hours and send you a link to try again.");
        say("Receipts are printed or sent by e-mail, as you wish. If you need a VAT invoice with your firm's name, ask at the till or within six months at the service desk.");
        say("If we have charged you wrongly, bring the receipt to the service desk; the difference is paid back at once. The price on the shelf is the price that counts, unless it is plainly a slip.");
        say("The bags at the till cost ten pence; paper bags for small things are free.");

        head("Part B. Personal data");
        say("Responsible is Harbour Outdoor & Home Ltd. Our data protection officer is Petra Lindqvist; you reach her at privacy@harbour.example or by letter. We do not sell data, and we do not pass them to anybody for advertising.");
        head("What we keep and for how long");
        table(new float[] {30, 44, 26},
            new String[] {"Data", "What for", "Kept for"},
            new String[] {"Orders and invoices", "delivery, guarantee, tax law", "seven years"},
            new String[] {"Customer account on the website", "so that you need not type everything again", "until you delete it, or three years after the last visit"},
            new String[] {"Crew Card purchases", "points and refunds without receipt", "two years"},
            new String[] {"Rental agreements", "deposit, damage", "one year after the return"},
            new String[] {"Copies of identity papers", "we look at them but do not copy them", "not kept"},
            new String[] {"Repair tickets", "history of the object", "five years"},
            new String[] {"Pictures of the cameras", "theft and accidents", "21 days"},
            new String[] {"What is said to the voice assistant", "to answer you", "not kept; no recording is made"},
            new String[] {"Job applications", "choosing", "six months"},
            new String[] {"Wi-Fi", "operating the network", "the device's address, 24 hours"});
        head("Cameras");
        say("Cameras watch the entrances, the tills and the yard. There are none in the fitting rooms, the caf\u00e9 or the staff room, and none of them records sound. If something was stolen from you in the shop, ask for the duty manager quickly: only the police can be given pictures.");
        head("Newsletter by e-mail");
        say("You get it only if you have asked for it. It comes once a month. At the bottom of each there is a link to cancel; it takes effect the same day. We do not track whether you open it.");
        head("Who else sees your data");
        points(
            "the carrier: name, address, telephone number",
            "the bank and the card company: the amount and the card, which we never see in full",
            "TidePay, if you choose to pay in instalments",
            "the maker, if an object has to be sent in: only what is wrong with it");
        say("Our servers stand in Cardiff and Dublin. Nothing is stored outside the United Kingdom and the European Union.");
        head("Your rights");
        say("You may ask what we have stored about you, have it corrected or deleted, and take it with you as a file. We answer within one month, free of charge, and ask for proof that it is you. If you are not content with our answer you may turn to the Information Commissioner's Office.");
        head("Children");
        say("An account on the website needs an age of 16. We do not knowingly keep data of younger children, apart from the first names on workshop lists, which are shredded after the event.");
        head("Cookies");
        say("The website sets two: one for the basket and one that remembers your answer to the question about statistics. Statistics are counted on our own server, only if you agree.");
        head("Wi-Fi in the shop");
        say("The network is called HarbourGuest and needs no password. It is switched off when the shop closes. Please do not do your banking on it: it is open, and others could listen.");
        head("If something goes wrong");
        say("Should data of yours have got into the wrong hands through our fault, we tell you within 72 hours of noticing, by the quickest means we have.");
        document.close();
    }
}
