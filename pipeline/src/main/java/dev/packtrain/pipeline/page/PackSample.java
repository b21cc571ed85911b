package dev.packtrain.pipeline.page;

import java.util.List;

/**
 * A pack to look into.
 *
 * @param number in the data set, from 0
 * @param maxLength its slots
 * @param documents all its documents, in their order
 */
public record PackSample(long number, int maxLength, List<Document> documents) {
    /** Copies the list. */
    public PackSample {
        documents = List.copyOf(documents);
    }

    /** Tokens without padding. */
    public int numTokens() {
        return documents.stream().mapToInt(Document::numTokens).sum();
    }

    /**
     * A document of the pack.
     *
     * @param row number of the row it was made of
     * @param firstSlot where it starts in the pack
     * @param numTokens its length
     * @param pieces its tokens as text; the beginning if it is too long to be shown, none if the pack was
     */
    public record Document(long row, int firstSlot, int numTokens, List<Piece> pieces) {
        /** Copies the list. */
        public Document {
            pieces = List.copyOf(pieces);
        }

        /** Tokens that {@code pieces} show. */
        public int numShown() {
            return pieces.stream().mapToInt(piece -> piece.ids().size()).sum();
        }
    }

    /**
     * As few neighbouring tokens as make whole characters: mostly one.
     *
     * @param text decoded
     * @param ids the tokens
     * @param position position id of the first
     * @param kind what the trainer makes of them
     * @param special whether it is a token with a meaning of its own, such as EOS
     * @param begins what begins with it: {@code chosen} or {@code rejected} in a preference example, otherwise null
     */
    public record Piece(String text, List<Integer> ids, int position, Kind kind, boolean special, String begins) {
        /** Copies the list. */
        public Piece {
            ids = List.copyOf(ids);
        }
    }

    /** What the trainer makes of a token. */
    public enum Kind {
        /** It takes a loss. */
        LEARNT,
        /** It is only read. */
        MASKED
    }
}
