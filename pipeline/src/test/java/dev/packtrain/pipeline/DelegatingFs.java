package dev.packtrain.pipeline;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** A file system of the tests for Hadoop's {@code FileContext}: renames in one step, as HDFS does. */
public final class DelegatingFs extends DelegateToFileSystem {
    /** Called by Hadoop. */
    public DelegatingFs(URI uri, Configuration conf) throws IOException, URISyntaxException {
        super(uri, FileSystem.get(uri, conf), conf, uri.getScheme(), false);
    }

    @Override
    public void renameInternal(Path from, Path to, boolean overwrite) throws IOException {
        if (!fsImpl.rename(from, to)) {
            throw new IOException("could not rename " + from + " to " + to);
        }
    }
}
