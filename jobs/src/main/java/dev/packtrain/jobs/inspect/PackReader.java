package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** From a row of a shard to what a person reads. */
final class PackReader {
    private PackReader() {}

    static PackContent read(long number, PackedSequence pack, SpanDecoder decoder) {
        List<PackContent.Document> documents = new ArrayList<>();
        for (int d = 0; d < pack.numDocuments(); d++) {
            int start = pack.cuSeqlens()[d];
            int end = pack.cuSeqlens()[d + 1];
            documents.add(new PackContent.Document(
                    pack.exampleIds()[d],
                    start,
                    end - 1,
                    pack.positionIds()[start],
                    pack.positionIds()[end - 1],
                    spans(pack, d, decoder)));
        }
        return new PackContent(
                number, documents, pack.numTokens(), pack.numLabelTokens(), pack.maxLength() - pack.numTokens());
    }

    private static List<PackContent.Span> spans(PackedSequence pack, int d, SpanDecoder decoder) {
        int start = pack.cuSeqlens()[d];
        int end = pack.cuSeqlens()[d + 1];
        int[] document = Arrays.copyOfRange(pack.inputIds(), start, end);
        List<PackContent.Span> spans = new ArrayList<>();
        int from = start;
        for (int t = start + 1; t <= end; t++) {
            String part = part(pack, d, from);
            if (t == end || labelled(pack, t) != labelled(pack, from) || !Objects.equals(part, part(pack, d, t))) {
                String text = decoder.decode(document, from - start, t - start);
                spans.add(new PackContent.Span(labelled(pack, from), from, t - 1, text, part));
                from = t;
            }
        }
        return spans;
    }

    private static String part(PackedSequence pack, int d, int token) {
        if (pack.preference() == null) {
            return null;
        }
        return token < pack.preference().chosenStarts()[d]
                ? "prompt"
                : token < pack.preference().rejectedStarts()[d] ? "chosen" : "rejected";
    }

    private static boolean labelled(PackedSequence pack, int token) {
        return pack.labels()[token] != TokenizedExample.IGNORE_INDEX;
    }
}
