package dev.packtrain.pipeline.report;

/**
 * What the examples of a group would need under the rules that go by their order, counted as they come: batches of
 * {@value Padding#BATCH_SIZE}, each padded to its longest; next-fit packs; and PaddleNLP's greedy packs, which put every
 * example of a window of {@value #WORST_FIT_WINDOW} into the open pack with the most room.
 *
 * <p>O(log n) work an example with n packs open, and memory for one window.
 */
final class WindowedSlots {
    /** Examples that PaddleNLP's greedy zero padding packs at a time. */
    static final int WORST_FIT_WINDOW = 500;

    private final int maxLength;
    private long batchedSlots;
    private int batchSize;
    private int batchLongest;
    private long nextFitPacks;
    private int nextFitRoom;
    private long worstFitPacks;
    private int windowSize;
    /** Rooms of the window's open packs, a heap with the largest first. */
    private final int[] rooms = new int[WORST_FIT_WINDOW];

    private int numRooms;

    /** For packs of {@code maxLength} slots. */
    WindowedSlots(int maxLength) {
        this.maxLength = maxLength;
    }

    void add(int length) {
        addToBatch(length);
        if (length > nextFitRoom) {
            nextFitPacks++;
            nextFitRoom = maxLength;
        }
        nextFitRoom -= length;
        addToWindow(length);
    }

    private void addToBatch(int length) {
        if (batchSize == Padding.BATCH_SIZE) {
            batchedSlots += (long) batchSize * batchLongest;
            batchSize = 0;
            batchLongest = 0;
        }
        batchSize++;
        batchLongest = Math.max(batchLongest, length);
    }

    private void addToWindow(int length) {
        if (windowSize == WORST_FIT_WINDOW) {
            windowSize = 0;
            numRooms = 0;
        }
        windowSize++;
        if (numRooms > 0 && rooms[0] >= length) {
            rooms[0] -= length;
            sink();
        } else {
            worstFitPacks++;
            rise(maxLength - length);
        }
    }

    private void rise(int room) {
        int at = numRooms++;
        while (at > 0 && rooms[(at - 1) / 2] < room) {
            rooms[at] = rooms[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        rooms[at] = room;
    }

    private void sink() {
        int room = rooms[0];
        int at = 0;
        for (int child = 1; child < numRooms; child = 2 * at + 1) {
            child += child + 1 < numRooms && rooms[child + 1] > rooms[child] ? 1 : 0;
            if (rooms[child] <= room) {
                break;
            }
            rooms[at] = rooms[child];
            at = child;
        }
        rooms[at] = room;
    }

    long batchedSlots() {
        return batchedSlots + (long) batchSize * batchLongest;
    }

    long nextFitPacks() {
        return nextFitPacks;
    }

    long worstFitPacks() {
        return worstFitPacks;
    }
}
