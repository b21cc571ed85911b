package dev.packtrain.pipeline.tokenizer;

import java.util.Arrays;

/**
 * Merges words of any length in the time of a sort: a linked list of tokens, and a heap of the merges that were possible
 * when they were put there. A merge that is taken from the heap counts only if its tokens are still the same, which
 * their rank tells: no two pairs of tokens have the same. For one thread.
 */
final class LongWordMerger {
    /** What is kept from word to word, at most; longer words are rare. */
    private static final int KEPT = 1 << 16;

    private static final int END = -1;
    private static final int POSITION_BITS = 32;

    private final MergeTable merges;
    private int[] ids = new int[0];
    private int[] ranks = new int[0];
    private int[] previous = new int[0];
    private int[] next = new int[0];

    /** A rank above, a place below: the smallest is the next merge. */
    private long[] heap = new long[0];

    private int heapSize;

    LongWordMerger(MergeTable merges) {
        this.merges = merges;
    }

    /** As {@link WordMerger#merge}. */
    int merge(byte[] utf8, int from, int to, int[] out, int count) {
        int length = to - from;
        open(utf8, from, length);
        while (heapSize > 0) {
            long top = pop();
            int at = (int) top;
            int rank = (int) (top >>> POSITION_BITS);
            if (ranks[at] == rank) {
                join(at, rank);
            }
        }
        int end = count;
        for (int at = 0; at != END; at = next[at]) {
            out[end++] = ids[at];
        }
        if (ids.length > KEPT) {
            resize(0);
        }
        return end;
    }

    private void resize(int size) {
        ids = new int[size];
        ranks = new int[size];
        previous = new int[size];
        next = new int[size];
        heap = new long[size];
    }

    private void open(byte[] utf8, int from, int length) {
        if (ids.length < length) {
            resize(length);
        }
        heapSize = 0;
        for (int i = 0; i < length; i++) {
            ids[i] = merges.byteId(utf8[from + i]);
            previous[i] = i - 1;
            next[i] = i + 1 < length ? i + 1 : END;
            ranks[i] = i + 1 < length ? merges.byteRank(utf8[from + i], utf8[from + i + 1]) : MergeTable.NONE;
            if (ranks[i] != MergeTable.NONE) {
                heap[heapSize++] = entry(ranks[i], i);
            }
        }
        for (int i = heapSize / 2 - 1; i >= 0; i--) {
            sink(i, heap[i]);
        }
    }

    private static long entry(int rank, int at) {
        return ((long) rank << POSITION_BITS) | at;
    }

    private void join(int at, int rank) {
        int right = next[at];
        ids[at] = merges.result(rank);
        ranks[right] = MergeTable.NONE;
        next[at] = next[right];
        if (next[at] != END) {
            previous[next[at]] = at;
        }
        ranks[at] = rankAt(at);
        if (previous[at] != END) {
            ranks[previous[at]] = rankAt(previous[at]);
        }
    }

    private int rankAt(int at) {
        int rank = next[at] == END ? MergeTable.NONE : merges.rank(ids[at], ids[next[at]]);
        if (rank != MergeTable.NONE) {
            push(entry(rank, at));
        }
        return rank;
    }

    private void push(long entry) {
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, heap.length * 2);
        }
        int at = heapSize++;
        while (at > 0 && heap[(at - 1) / 2] > entry) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = entry;
    }

    private long pop() {
        long top = heap[0];
        long last = heap[--heapSize];
        if (heapSize > 0) {
            sink(0, last);
        }
        return top;
    }

    private void sink(int from, long entry) {
        int at = from;
        while (true) {
            int child = 2 * at + 1;
            if (child >= heapSize) {
                break;
            }
            if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= entry) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = entry;
    }
}
