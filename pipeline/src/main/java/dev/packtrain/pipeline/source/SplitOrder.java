package dev.packtrain.pipeline.source;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The splits of an input in the order in which their rows are numbered: by file, then by place in it. */
final class SplitOrder {
    private final List<SplitCounts> splits;
    private final long numRows;

    SplitOrder(List<SplitCounts> splits) {
        this.splits = splits.stream()
                .sorted(Comparator.comparing(SplitCounts::file).thenComparing(SplitCounts::start))
                .toList();
        this.numRows = splits.stream().mapToLong(SplitCounts::rows).sum();
    }

    long numRows() {
        return numRows;
    }

    /**
     * A split and the numbers of its first row.
     *
     * @param firstRow in the whole input, 0-based
     * @param firstOfFile in its file, 0-based
     */
    record Numbered(SplitCounts split, long firstRow, long firstOfFile) {}

    List<Numbered> numbered() {
        List<Numbered> numbered = new ArrayList<>(splits.size());
        long row = 0;
        long fileStart = 0;
        String file = null;
        for (SplitCounts split : splits) {
            if (!split.file().equals(file)) {
                file = split.file();
                fileStart = row;
            }
            numbered.add(new Numbered(split, row, row - fileStart));
            row += split.rows();
        }
        return numbered;
    }

    /** First rows of groups: a group ends after so many rows, or at the first mark or split after so many bytes. */
    long[] groups(GroupBounds bounds) {
        Starts starts = new Starts(bounds);
        long row = 0;
        long bytes = 0;
        for (SplitCounts split : splits) {
            starts.pass(row, bytes);
            for (int i = 0; i < split.marks().length; i++) {
                starts.pass(row + split.marks()[i], bytes + (i + 1L) * SplitCounts.MARK_BYTES);
            }
            row += split.rows();
            bytes += split.bytes();
        }
        return starts.finish(numRows);
    }

    private static final class Starts {
        private final GroupBounds bounds;
        private final List<Long> rows = new ArrayList<>(List.of(0L));
        private long startBytes;
        private long lastBytes;

        Starts(GroupBounds bounds) {
            this.bounds = bounds;
        }

        private long last() {
            return rows.get(rows.size() - 1);
        }

        void pass(long row, long bytes) {
            fillUpTo(row);
            if (row > last() && bytes - startBytes >= bounds.maxBytes()) {
                rows.add(row);
                startBytes = bytes;
            }
            lastBytes = bytes;
        }

        private void fillUpTo(long row) {
            while (last() + bounds.maxRows() <= row) {
                rows.add(last() + bounds.maxRows());
                startBytes = lastBytes;
            }
        }

        long[] finish(long numRows) {
            fillUpTo(numRows);
            return rows.stream()
                    .mapToLong(Long::longValue)
                    .filter(row -> row < numRows)
                    .toArray();
        }
    }
}
