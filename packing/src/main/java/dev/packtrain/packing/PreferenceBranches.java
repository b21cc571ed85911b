package dev.packtrain.packing;

/**
 * Where the two answers of a preference example begin.
 *
 * <p>The tokens of such an example are three parts side by side: what both answers share, the chosen branch
 * {@code [chosenStart, rejectedStart)} and the rejected branch {@code [rejectedStart, length)}. A branch begins with the
 * prompt's last token, so that the ordinary shift by one predicts the answer's first token inside each branch; both
 * branches number their positions from there. A token of a branch sees the shared part and its own branch. So each
 * branch is computed as if prompt and answer stood alone, and the shared part only once.
 *
 * @param chosenStart tokens of the shared part: those of the prompt less one, which may be 0
 * @param rejectedStart at least 2 after {@code chosenStart}: the prompt's last token and one token of the answer
 */
public record PreferenceBranches(int chosenStart, int rejectedStart) {
    /** Checks that the shared part and the chosen branch are possible. */
    public PreferenceBranches {
        if (chosenStart < 0 || rejectedStart < chosenStart + 2) {
            throw new IllegalArgumentException(
                    "the chosen branch is from token %d to %d; wanted at least 0, and at least 2 tokens"
                            .formatted(chosenStart, rejectedStart));
        }
    }

    /** Refuses an example of {@code length} tokens whose rejected branch has less than 2 of them. */
    void requireWithin(int length, long id) {
        if (length < rejectedStart + 2) {
            throw new IllegalArgumentException(
                    "example %d has %d tokens; wanted at least 2 from its rejected branch at %d on"
                            .formatted(id, length, rejectedStart));
        }
    }
}
