package dev.packtrain.pipeline.source;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/**
 * A piece of a file that one task reads: the lines whose first byte lies in it.
 *
 * @param file URI of the file
 * @param name the file as messages show it
 * @param start first byte
 * @param end byte after the last; {@link Long#MAX_VALUE} for a compressed file, which is always one slice
 * @param hosts where the first block of the slice is stored, may be empty
 */
public record FileSlice(String file, String name, long start, long end, List<String> hosts) implements Serializable {
    private static final long MIN_BYTES = 128 << 10;
    private static final long MAX_BYTES = 32 << 20;

    /**
     * Cuts files into slices, in the order of the files and then of their bytes.
     *
     * @param parallelism how many slices there should be at least, unless they would be very small
     */
    public static List<FileSlice> cut(List<FileStatus> files, int parallelism, Configuration conf) throws IOException {
        CompressionCodecFactory codecs = new CompressionCodecFactory(conf);
        long total = files.stream().mapToLong(FileStatus::getLen).sum();
        long target = Math.max(MIN_BYTES, Math.min(MAX_BYTES, total / Math.max(1, parallelism) + 1));
        List<FileSlice> slices = new ArrayList<>();
        for (FileStatus file : files) {
            if (file.getLen() > 0 && codecs.getCodec(file.getPath()) != null) {
                slices.add(slice(file, 0, Long.MAX_VALUE, conf));
                continue;
            }
            for (long start = 0; start < file.getLen(); start += target) {
                slices.add(slice(file, start, Math.min(file.getLen(), start + target), conf));
            }
        }
        return slices;
    }

    /** The rest of the file from a byte on. */
    FileSlice from(long newStart) {
        return new FileSlice(file, name, newStart, end, hosts);
    }

    /** With another end. */
    FileSlice until(long newEnd) {
        return new FileSlice(file, name, start, newEnd, hosts);
    }

    private static FileSlice slice(FileStatus file, long start, long end, Configuration conf) throws IOException {
        FileSystem fs = file.getPath().getFileSystem(conf);
        BlockLocation[] blocks = fs.getFileBlockLocations(file, start, 1);
        List<String> hosts = blocks == null || blocks.length == 0
                ? List.of()
                : Arrays.stream(blocks[0].getHosts())
                        .filter(host -> !host.equals("localhost"))
                        .toList();
        return new FileSlice(file.getPath().toString(), InputFiles.display(file.getPath()), start, end, hosts);
    }
}
