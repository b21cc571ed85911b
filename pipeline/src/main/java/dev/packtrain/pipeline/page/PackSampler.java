package dev.packtrain.pipeline.page;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.page.PackSample.Kind;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Chooses packs to show and decodes them. */
public final class PackSampler {
    /** Packs that a report shows. */
    public static final int NUM_SAMPLES = 6;

    /** Tokens of a pack that are shown as text, so that the page stays small however long packs are. */
    static final int MAX_SHOWN = 1200;

    /** Tokens that a character may need; longer runs of broken text are shown as they are. */
    private static final int MAX_PIECE = 8;
    /** Tokens before a piece that it is decoded with: some tokenizers drop the space before the first word. */
    private static final int CONTEXT = 4;

    private static final char BROKEN = '\ufffd';

    private final Tokenizer tokenizer;

    /** Decoding with the data set's tokenizer. */
    public PackSampler(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Numbers of at most {@link #NUM_SAMPLES} packs, rising, the same for the same seed. */
    public static List<Long> choose(long numPacks, long seed) {
        TreeSet<Long> chosen = new TreeSet<>();
        SplittableRandom random = new SplittableRandom(seed);
        long wanted = Math.min(numPacks, NUM_SAMPLES);
        while (chosen.size() < wanted) {
            chosen.add(random.nextLong(numPacks));
        }
        return List.copyOf(chosen);
    }

    /** A pack with its text. */
    public PackSample sample(long number, PackedSequence pack) {
        List<PackSample.Document> documents = new ArrayList<>();
        int left = MAX_SHOWN;
        for (int d = 0; d < pack.numDocuments(); d++) {
            int start = pack.cuSeqlens()[d];
            int length = pack.cuSeqlens()[d + 1] - start;
            int shown = Math.min(left, length);
            documents.add(new PackSample.Document(pack.exampleIds()[d], start, length, pieces(pack, d, start + shown)));
            left -= shown;
        }
        return new PackSample(number, pack.maxLength(), documents);
    }

    private List<PackSample.Piece> pieces(PackedSequence pack, int document, int end) {
        int start = pack.cuSeqlens()[document];
        List<PackSample.Piece> pieces = new ArrayList<>();
        int from = start;
        while (from < end) {
            int to = from + 1;
            String text = text(pack, start, from, to);
            while (text.indexOf(BROKEN) >= 0
                    && to < end
                    && to - from < MAX_PIECE
                    && kind(pack, to) == kind(pack, from)
                    && begins(pack, document, to) == null) {
                text = text(pack, start, from, ++to);
            }
            if (text.indexOf(BROKEN) >= 0) {
                // Not a character cut in two, then, but broken text: one token at a time.
                to = from + 1;
                text = text(pack, start, from, to);
            }
            boolean special = tokenizer
                    .decode(Arrays.copyOfRange(pack.inputIds(), from, to), true)
                    .isEmpty();
            pieces.add(new PackSample.Piece(
                    text,
                    Arrays.stream(pack.inputIds(), from, to).boxed().toList(),
                    pack.positionIds()[from],
                    kind(pack, from),
                    special,
                    begins(pack, document, from)));
            from = to;
        }
        return pieces;
    }

    /** The text of {@code [from, to)} as it reads inside its document, which begins at {@code start}. */
    private String text(PackedSequence pack, int start, int from, int to) {
        int before = Math.max(start, from - CONTEXT);
        String context = tokenizer.decode(Arrays.copyOfRange(pack.inputIds(), before, from), false);
        String whole = tokenizer.decode(Arrays.copyOfRange(pack.inputIds(), before, to), false);
        return whole.startsWith(context)
                ? whole.substring(context.length())
                : tokenizer.decode(Arrays.copyOfRange(pack.inputIds(), from, to), false);
    }

    private static String begins(PackedSequence pack, int document, int slot) {
        if (pack.preference() == null) {
            return null;
        }
        return slot == pack.preference().chosenStarts()[document]
                ? "chosen"
                : slot == pack.preference().rejectedStarts()[document] ? "rejected" : null;
    }

    private static Kind kind(PackedSequence pack, int slot) {
        return pack.labels()[slot] == TokenizedExample.IGNORE_INDEX ? Kind.MASKED : Kind.LEARNT;
    }
}
