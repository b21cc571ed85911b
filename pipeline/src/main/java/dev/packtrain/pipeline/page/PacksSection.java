package dev.packtrain.pipeline.page;

import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.report.Shown;
import java.util.List;
import java.util.stream.Collectors;

/** Packs as the trainer sees them. */
final class PacksSection {
    private static final int NUM_COLOURS = 6;

    private PacksSection() {}

    static void write(Html html, PrepareReport report, List<PackSample> samples) {
        if (samples.isEmpty()) {
            return;
        }
        Section.open(
                html,
                "packs",
                "Packs to look into",
                "%s of %s, chosen by the seed. Every document has a colour of its own; no token sees another document."
                        .formatted(
                                Shown.count(samples.size()),
                                Shown.count(report.counts().packs())));
        html.open("p", "class", "key")
                .leaf("span", "takes a loss", "class", "doc d0")
                .leaf("span", "masked: only read", "class", "doc d0 m")
                .leaf("span", "special", "class", "doc d0 s")
                .leaf("span", "padding", "class", "pad")
                .text("Point at a token for its id and position.")
                .close();
        for (PackSample sample : samples) {
            pack(html, sample, sample.equals(samples.get(0)));
        }
        html.close();
    }

    private static void pack(Html html, PackSample pack, boolean open) {
        if (open) {
            html.open("details", "class", "pack", "open", "open");
        } else {
            html.open("details", "class", "pack");
        }
        int padding = pack.maxLength() - pack.numTokens();
        html.open("summary")
                .leaf("b", "Pack " + Shown.count(pack.number()))
                .leaf(
                        "span",
                        "%s, %s, %s"
                                .formatted(
                                        Shown.count(pack.documents().size(), "document", "documents"),
                                        Shown.count(pack.numTokens(), "token", "tokens"),
                                        padding == 0 ? "no padding" : Shown.count(padding) + " padding"))
                .open("span", "class", "strip", "aria-hidden", "true");
        for (int d = 0; d < pack.documents().size(); d++) {
            html.leaf(
                    "i",
                    "",
                    "class",
                    "d" + d % NUM_COLOURS,
                    "style",
                    "flex-grow:" + pack.documents().get(d).numTokens());
        }
        if (padding > 0) {
            html.leaf("i", "", "class", "pad", "style", "flex-grow:" + padding);
        }
        html.close().close().open("div", "class", "docs");
        int hidden = 0;
        for (int d = 0; d < pack.documents().size(); d++) {
            PackSample.Document document = pack.documents().get(d);
            if (document.numShown() == 0) {
                hidden++;
            } else {
                document(html, document, "d" + d % NUM_COLOURS);
            }
        }
        if (hidden > 0) {
            html.leaf("p", "and " + Shown.count(hidden, "further document", "further documents"), "class", "more");
        }
        if (padding > 0) {
            html.leaf("p", Shown.count(padding, "slot", "slots") + " of padding", "class", "pad");
        }
        html.close().close();
    }

    private static void document(Html html, PackSample.Document document, String colour) {
        html.open("div", "class", "doc " + colour)
                .leaf(
                        "h4",
                        "row %s · slots %s to %s"
                                .formatted(
                                        Shown.count(document.row()),
                                        Shown.count(document.firstSlot()),
                                        Shown.count(document.firstSlot() + document.numTokens() - 1)))
                .open("p", "dir", "auto");
        for (PackSample.Piece piece : document.pieces()) {
            String ids = piece.ids().stream().map(String::valueOf).collect(Collectors.joining(" "));
            String style = (piece.kind() == PackSample.Kind.MASKED ? "m" : "l") + (piece.special() ? " s" : "");
            if (piece.begins() != null) {
                html.leaf("span", piece.begins(), "class", "part");
            }
            html.leaf(
                    "i",
                    shown(piece.text()),
                    "class",
                    style,
                    "data-t",
                    "id %s · position %d".formatted(ids, piece.position()));
        }
        int more = document.numTokens() - document.numShown();
        if (more > 0) {
            html.leaf("span", "… and " + Shown.count(more, "token", "tokens") + " more", "class", "more");
        }
        html.close().close();
    }

    private static String shown(String text) {
        return text.isEmpty() ? "∅" : text.replace("\r", "␍").replace("\n", "↵\n");
    }
}
