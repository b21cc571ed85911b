package dev.packtrain.kernels;

/**
 * A mask with its tiles in native memory, made once a pack and used by all layers, and the workspace that their passes
 * share: copies of k, v and, going back, q and dO in the order that the products read, and dq in fp32. It grows with the
 * number of tokens, not with its square. Passes with the same prepared mask wait for one another. Close it.
 */
public final class PreparedMask implements AutoCloseable {
    /** Rows and keys of a tile. */
    static final int TILE = 64;

    private final TilePlan plan;
    private long handle;

    PreparedMask(FlashMask mask) {
        plan = TilePlan.of(mask, TILE, TILE);
        int[][] intervals = {mask.lowerStarts(), mask.lowerEnds(), mask.upperStarts(), mask.upperEnds()};
        TilePlan.Lists byRow = plan.byRow();
        TilePlan.Lists byKey = plan.byKey();
        int[][] lists = {byRow.starts(), byRow.tiles(), byKey.starts(), byKey.tiles()};
        handle = AttentionCalls.createPlan(mask.numRows(), mask.numKeys(), mask.causal(), intervals, lists);
        if (handle == 0) {
            throw new OutOfMemoryError("There was no native memory for the mask of " + mask.numRows() + " rows and "
                    + mask.numKeys() + " keys; use shorter packs or more memory.");
        }
    }

    /** The tiles that its passes visit. */
    public TilePlan plan() {
        return plan;
    }

    /** A pass over the native plan. */
    @FunctionalInterface
    interface Pass {
        /** Whether there was memory for it. */
        boolean over(long nativePlan);
    }

    synchronized void run(Pass pass) {
        if (handle == 0) {
            throw new IllegalStateException(
                    "Attention was called with a prepared mask that is closed; prepare it again.");
        }
        if (!pass.over(handle)) {
            throw new OutOfMemoryError("There was no native memory for the attention of "
                    + plan.mask().numRows() + " rows and " + plan.mask().numKeys()
                    + " keys; use shorter packs or more memory.");
        }
    }

    /** Frees the native memory; a second time does nothing. */
    @Override
    public synchronized void close() {
        if (handle != 0) {
            AttentionCalls.destroyPlan(handle);
            handle = 0;
        }
    }
}
