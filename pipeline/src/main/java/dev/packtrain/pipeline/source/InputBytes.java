package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.BZip2Codec;
import org.apache.hadoop.io.compress.BlockDecompressorStream;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.security.AccessControlException;

/** The bytes of input files. What is wrong with a file itself is told with its name, wherever it is read. */
final class InputBytes {
    private static final String BZIP2_START = "BZh";

    private InputBytes() {}

    /**
     * Opens a file as it is.
     *
     * @throws BadInputException if it is not there or must not be read
     */
    static FSDataInputStream open(Path path, Configuration conf) throws IOException {
        FileSystem fs = path.getFileSystem(conf);
        // Hadoop looks for checksums beside a local file, by a name that it cannot make of one with a colon.
        if (fs instanceof LocalFileSystem local && path.getName().indexOf(':') >= 0) {
            fs = local.getRawFileSystem();
        }
        try {
            return fs.open(path);
        } catch (FileNotFoundException | AccessControlException unreadable) {
            throw new BadInputException(
                    "%s cannot be read where its task runs (%s); give a path that every executor can read"
                            .formatted(InputFiles.display(path), unreadable.getMessage()),
                    unreadable);
        }
    }

    /**
     * What a compressed file holds.
     *
     * @param file the file, from its first byte on
     * @return a stream that throws {@link BadInputException} where the file is damaged or ends too early
     * @throws BadInputException if the codec does not work here, or would take a part of a file for the whole
     */
    static InputStream decompressed(Path path, CompressionCodec codec, FSDataInputStream file) throws IOException {
        String name = InputFiles.display(path);
        if (codec instanceof BZip2Codec) {
            requireBzip2(name, file);
        }
        Watched watched = new Watched(file);
        InputStream content;
        try {
            content = codec.createInputStream(watched);
        } catch (IOException | RuntimeException | LinkageError failure) {
            watched.rethrowOwnFailure();
            throw damaged(name, failure);
        }
        if (content instanceof BlockDecompressorStream) {
            // At the end of its input it stops in the middle of a block as it does behind the last one.
            throw new BadInputException(
                    "%s is compressed as %s, in which a file that is cut off looks like a whole one; compress it with gzip or bzip2"
                            .formatted(name, codec.getDefaultExtension()));
        }
        return new Content(content, watched, name);
    }

    /**
     * Looks at the first bytes of a file's text.
     *
     * @throws BadInputException if they are the byte order mark of UTF-16, as Windows writes it
     */
    static void requireUtf8(String name, byte[] text, int length) {
        int start = length < 2 ? 0 : (text[0] & 0xFF) << 8 | (text[1] & 0xFF);
        if (start == 0xFFFE || start == 0xFEFF) {
            throw new BadInputException(
                    "%s is UTF-16, wanted UTF-8; convert it, for example with iconv -f UTF-16 -t UTF-8"
                            .formatted(name));
        }
    }

    /** Hadoop looks for the first block wherever it is, and takes a file without one for an empty one. */
    private static void requireBzip2(String name, FSDataInputStream file) throws IOException {
        String start = new String(file.readNBytes(BZIP2_START.length()), StandardCharsets.ISO_8859_1);
        if (!start.equals(BZIP2_START)) {
            throw damaged(name, new IOException("it does not start with " + BZIP2_START));
        }
        file.seek(0);
    }

    private static BadInputException damaged(String name, Throwable failure) {
        return new BadInputException(
                "%s cannot be decompressed (%s); give the whole file, compressed as its suffix says, with gzip or bzip2"
                        .formatted(name, failure.getMessage()),
                failure);
    }

    /** The compressed bytes; notes whether reading them failed, which says nothing about the file. */
    private static final class Watched extends FilterInputStream {
        private IOException failure;

        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException failed) {
                failure = failed;
                throw failed;
            }
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            try {
                return super.read(bytes, from, length);
            } catch (IOException failed) {
                failure = failed;
                throw failed;
            }
        }

        void rethrowOwnFailure() throws IOException {
            if (failure != null) {
                throw failure;
            }
        }
    }

    /** The bytes behind the codec. */
    private static final class Content extends FilterInputStream {
        private final Watched file;
        private final String name;

        Content(InputStream in, Watched file, String name) {
            super(in);
            this.file = file;
            this.name = name;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            try {
                return super.read(bytes, from, length);
            } catch (IOException | RuntimeException | InternalError failed) {
                // Codecs throw all of these at damaged bytes.
                file.rethrowOwnFailure();
                throw damaged(name, failed);
            }
        }
    }
}
